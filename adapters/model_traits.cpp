#include "adapters/model_traits.hpp"

#include <array>

namespace aigw::adapters {
namespace {

using llm::ModelTraits;
using Thinking = ModelTraits::Thinking;

struct Row {
  std::string_view prefix;
  ModelTraits traits;
};

// The first prefix that fits holds: longer names before the families that they belong to.
constexpr std::array kRows = {
    // Anthropic
    Row{"claude-3-7-sonnet", {.thinking = Thinking::budget, .thinking_budget_min = 1'024, .output_tokens_max = 64'000}},
    Row{"claude-3-5", {.thinking = Thinking::none, .output_tokens_max = 8'192}},
    Row{"claude-3", {.thinking = Thinking::none, .output_tokens_max = 4'096}},
    Row{"claude-opus-4-1",
        {.thinking = Thinking::budget,
         .thinking_budget_min = 1'024,
         .one_of_temperature_top_p = true,
         .output_tokens_max = 32'000}},
    Row{"claude-opus-4-5",
        {.thinking = Thinking::budget,
         .thinking_budget_min = 1'024,
         .one_of_temperature_top_p = true,
         .output_tokens_max = 64'000}},
    Row{"claude-sonnet-4-5",
        {.thinking = Thinking::budget,
         .thinking_budget_min = 1'024,
         .one_of_temperature_top_p = true,
         .output_tokens_max = 64'000}},
    Row{"claude-haiku-4-5",
        {.thinking = Thinking::budget,
         .thinking_budget_min = 1'024,
         .one_of_temperature_top_p = true,
         .output_tokens_max = 64'000}},
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
    Row{"claude-opus-4-8",
        {.thinking = Thinking::adaptive,
         .refuses_sampling = true,
         .refuses_prefill = true,
         .takes_system_turns = true,
         .output_tokens_max = 128'000}},
    Row{"claude-opus-4", {.thinking = Thinking::budget, .thinking_budget_min = 1'024, .output_tokens_max = 32'000}},
    Row{"claude-sonnet-4", {.thinking = Thinking::budget, .thinking_budget_min = 1'024, .output_tokens_max = 64'000}},
    Row{"claude-opus-5-5",
        {.thinking = Thinking::adaptive,
         .can_stop_thinking = false,
         .refuses_sampling = true,
         .refuses_forced_tool = true,
         .refuses_prefill = true,
         .takes_system_turns = true,
         .output_tokens_max = 128'000}},
    Row{"claude-sonnet-5-5",
        {.thinking = Thinking::adaptive,
         .can_stop_thinking = false,
         .refuses_sampling = true,
         .refuses_forced_tool = true,
         .refuses_prefill = true,
         .takes_system_turns = true,
         .output_tokens_max = 128'000}},
    Row{"claude-fable-5-1",
        {.thinking = Thinking::adaptive,
         .can_stop_thinking = false,
         .refuses_sampling = true,
         .refuses_forced_tool = true,
         .refuses_prefill = true,
         .takes_system_turns = true,
         .output_tokens_max = 128'000}},
    Row{"claude-fable-5",
        {.thinking = Thinking::adaptive,
         .can_stop_thinking = false,
         .refuses_sampling = true,
         .refuses_prefill = true,
         .takes_system_turns = true,
         .output_tokens_max = 128'000}},
    Row{"claude-",
        {.thinking = Thinking::adaptive,
         .refuses_sampling = true,
         .refuses_prefill = true,
         .takes_system_turns = true,
         .output_tokens_max = 128'000}},
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
  if (const auto slash = model.rfind('/'); slash != std::string_view::npos) model.remove_prefix(slash + 1);
  for (const Row& row : kRows)
    if (model.starts_with(row.prefix)) return row.traits;
  return {};
}

}  // namespace aigw::adapters
