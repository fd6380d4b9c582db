#include "adapters/model_traits.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace aigw::adapters {
namespace {

using llm::ModelTraits;
using Thinking = ModelTraits::Thinking;

struct Row {
  std::string_view prefix;
  ModelTraits traits;
};

// Generations that share their rules.
constexpr ModelTraits kClaude45{.thinking = Thinking::budget,
                                .thinking_budget_min = 1'024,
                                .one_of_temperature_top_p = true,
                                .output_tokens_max = 64'000};
constexpr ModelTraits kClaude5{.thinking = Thinking::adaptive,
                               .refuses_sampling = true,
                               .refuses_prefill = true,
                               .takes_system_turns = true,
                               .output_tokens_max = 128'000};
constexpr ModelTraits kClaude55{.thinking = Thinking::adaptive,
                                .can_stop_thinking = false,
                                .refuses_sampling = true,
                                .refuses_forced_tool = true,
                                .refuses_prefill = true,
                                .takes_system_turns = true,
                                .output_tokens_max = 128'000};

// The first prefix that fits holds: longer names before the families that they belong to.
constexpr std::array kRows = {
    // Anthropic
    Row{"claude-3-7-sonnet",
        {.thinking = Thinking::budget,
         .thinking_budget_min = 1'024,
         .takes_output_format = false,
         .output_tokens_max = 64'000}},
    Row{"claude-3-5", {.thinking = Thinking::none, .takes_output_format = false, .output_tokens_max = 8'192}},
    Row{"claude-3", {.thinking = Thinking::none, .takes_output_format = false, .output_tokens_max = 4'096}},
    Row{"claude-opus-4-1",
        {.thinking = Thinking::budget,
         .thinking_budget_min = 1'024,
         .one_of_temperature_top_p = true,
         .takes_output_format = false,
         .output_tokens_max = 32'000}},
    Row{"claude-opus-4-5", kClaude45},
    Row{"claude-sonnet-4-5", kClaude45},
    Row{"claude-haiku-4-5", kClaude45},
    Row{"claude-opus-4-6",
        {.thinking = Thinking::adaptive,
         .takes_xhigh_effort = false,
         .refuses_prefill = true,
         .output_tokens_max = 128'000}},
    Row{"claude-sonnet-4-6",
        {.thinking = Thinking::adaptive,
         .takes_xhigh_effort = false,
         .refuses_prefill = true,
         .output_tokens_max = 64'000}},
    Row{"claude-opus-4-7",
        {.thinking = Thinking::adaptive,
         .refuses_sampling = true,
         .refuses_prefill = true,
         .output_tokens_max = 128'000}},
    Row{"claude-opus-4-8", kClaude5},
    Row{"claude-opus-4",
        {.thinking = Thinking::budget,
         .thinking_budget_min = 1'024,
         .takes_output_format = false,
         .output_tokens_max = 32'000}},
    Row{"claude-sonnet-4",
        {.thinking = Thinking::budget,
         .thinking_budget_min = 1'024,
         .takes_output_format = false,
         .output_tokens_max = 64'000}},
    Row{"claude-opus-5-5", kClaude55},
    Row{"claude-sonnet-5-5", kClaude55},
    Row{"claude-fable-5-1", kClaude55},
    Row{"claude-fable-5",
        {.thinking = Thinking::adaptive,
         .can_stop_thinking = false,
         .refuses_sampling = true,
         .refuses_prefill = true,
         .takes_system_turns = true,
         .output_tokens_max = 128'000}},
    Row{"claude-", kClaude5},
    // OpenAI
    Row{"gpt-3", {.thinking = Thinking::none}},
    Row{"gpt-4", {.thinking = Thinking::none}},
    Row{"chatgpt-4o", {.thinking = Thinking::none}},
    Row{"o1",
        {.thinking = Thinking::level,
         .can_stop_thinking = false,
         .efforts = "low medium high",
         .refuses_sampling = true}},
    Row{"o3",
        {.thinking = Thinking::level,
         .can_stop_thinking = false,
         .efforts = "low medium high",
         .refuses_sampling = true}},
    Row{"o4",
        {.thinking = Thinking::level,
         .can_stop_thinking = false,
         .efforts = "low medium high",
         .refuses_sampling = true}},
    Row{"gpt-5.6", {.thinking = Thinking::level, .efforts = "none minimal low medium high xhigh max"}},
    Row{"gpt-5.", {.thinking = Thinking::level, .efforts = "none minimal low medium high xhigh"}},
    Row{"gpt-5",
        {.thinking = Thinking::level,
         .can_stop_thinking = false,
         .efforts = "minimal low medium high",
         .refuses_sampling = true}},
    Row{"gpt-6-astra",
        {.thinking = Thinking::level,
         .can_stop_thinking = false,
         .efforts = "low medium high xhigh max",
         .refuses_sampling = true}},
    Row{"gpt-6", {.thinking = Thinking::level, .efforts = "none minimal low medium high xhigh max"}},
    // Google
    Row{"gemini-1", {.thinking = Thinking::none}},
    Row{"gemini-2.0", {.thinking = Thinking::none}},
    Row{"gemini-2.5-pro",
        {.thinking = Thinking::budget,
         .thinking_budget_min = 128,
         .thinking_budget_max = 32'768,
         .can_stop_thinking = false,
         .refuses_penalties = true}},
    Row{"gemini-2.5-flash-lite",
        {.thinking = Thinking::budget,
         .thinking_budget_min = 512,
         .thinking_budget_max = 24'576,
         .refuses_penalties = true}},
    Row{"gemini-2.5-flash", {.thinking = Thinking::budget, .thinking_budget_max = 24'576, .refuses_penalties = true}},
    Row{"gemini-3",
        {.thinking = Thinking::level, .can_stop_thinking = false, .refuses_penalties = true, .needs_seals = true}},
    Row{"gemini-4",
        {.thinking = Thinking::level, .can_stop_thinking = false, .refuses_penalties = true, .needs_seals = true}},
};

}  // namespace

ModelTraits model_traits(std::string_view model) {
  // "openrouter/anthropic/claude-x", and Amazon's "us.anthropic.claude-x"
  for (const std::string_view owner : {"/", "anthropic."})
    if (const auto at = model.rfind(owner); at != std::string_view::npos) model.remove_prefix(at + owner.size());
  for (const Row& row : kRows)
    if (model.starts_with(row.prefix)) return row.traits;
  return {};
}

std::string_view effort_for(llm::Reasoning::Level level, const ModelTraits& traits) {
  using Level = llm::Reasoning::Level;
  const std::string_view word = llm::name_of(level);
  if (word.empty() || traits.efforts.empty()) return word;
  const std::vector<std::string_view> taken = text::split(traits.efforts, ' ');
  for (int lower = static_cast<int>(level); lower >= static_cast<int>(Level::off); --lower) {
    const std::string_view name = llm::name_of(static_cast<Level>(lower));
    if (std::ranges::find(taken, name) != taken.end()) return name;
  }
  return taken.front();
}

}  // namespace aigw::adapters
