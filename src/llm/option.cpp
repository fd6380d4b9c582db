#include "llm/option.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace aigw::llm {
namespace {

constexpr std::string_view kReason = "refused by the model";

/// Words of a refusal that is about what the model or host can do, not about a value of the client's.
constexpr std::array<std::string_view, 11> kUnsupported = {"unsupported",
                                                           "not supported",
                                                           "does not support",
                                                           "deprecated",
                                                           "not permitted",
                                                           "unknown parameter",
                                                           "unknown name",
                                                           "unrecognized request argument",
                                                           "cannot both be specified",
                                                           "not enabled for this model",
                                                           "extra fields not permitted"};

struct Name {
  std::string_view text;
  Option option;
};

/// As providers' dialects spell them. A message that names both samplings means the one that matters less.
constexpr std::array kNames = {
    Name{"top_p", Option::top_p},
    Name{"topP", Option::top_p},
    Name{"temperature", Option::temperature},
    Name{"top_k", Option::top_k},
    Name{"topK", Option::top_k},
    Name{"frequency_penalty", Option::penalties},
    Name{"presence_penalty", Option::penalties},
    Name{"frequencyPenalty", Option::penalties},
    Name{"presencePenalty", Option::penalties},
    Name{"seed", Option::seed},
    Name{"stop", Option::stop},
    Name{"stop_sequences", Option::stop},
    Name{"stopSequences", Option::stop},
    Name{"logprobs", Option::logprobs},
    Name{"top_logprobs", Option::logprobs},
    Name{"responseLogprobs", Option::logprobs},
    Name{"verbosity", Option::verbosity},
    Name{"text.verbosity", Option::verbosity},
    Name{"reasoning_effort", Option::reasoning},
    Name{"reasoning.effort", Option::reasoning},
    Name{"reasoning.summary", Option::reasoning},
    Name{"reasoning", Option::reasoning},
    Name{"thinking", Option::reasoning},
    Name{"thinking_config", Option::reasoning},
    Name{"thinkingConfig", Option::reasoning},
    Name{"thinking_budget", Option::reasoning},
    Name{"thinkingBudget", Option::reasoning},
    Name{"thinking_level", Option::reasoning},
    Name{"thinkingLevel", Option::reasoning},
    Name{"output_config.effort", Option::reasoning},
    Name{"parallel_tool_calls", Option::parallel_calls},
    Name{"disable_parallel_tool_use", Option::parallel_calls},
    Name{"tool_choice.disable_parallel_tool_use", Option::parallel_calls},
    Name{"service_tier", Option::service_tier},
    Name{"user", Option::end_user},
    Name{"safety_identifier", Option::end_user},
    Name{"prompt_cache_key", Option::cache_key},
    Name{"response_format", Option::output_format},
    Name{"text.format", Option::output_format},
    Name{"output_config", Option::output_format},
    Name{"output_config.format", Option::output_format},
};

/// Sentences that name no member, or mean something else with it.
constexpr std::array kSentences = {
    Name{"function calling with a response mime type", Option::output_with_tools},
    Name{"json mode cannot be combined with tool", Option::output_with_tools},
    Name{"response_format type is unavailable", Option::output_format},
    Name{"penalty is not enabled", Option::penalties},
    Name{"does not support effort", Option::reasoning},
    Name{"thinking is not supported", Option::reasoning},
    Name{"thinking is not configurable", Option::reasoning},
    Name{"thinking can't be disabled", Option::reasoning},
    Name{"does not support thinking", Option::reasoning},
    Name{"does not support reasoning", Option::reasoning},
    Name{"does not support parallel tool", Option::parallel_calls},
    Name{"logprobs is not supported", Option::logprobs},
    Name{"logprobs are not supported", Option::logprobs},
};

constexpr std::array<std::string_view, 8> kBadSeal = {"invalid `signature`",
                                                      "corrupted thought signature",
                                                      "thought signature is not valid",
                                                      "invalid thought signature",
                                                      "invalid_encrypted_content",
                                                      "encrypted content could not be",
                                                      "encrypted content for item",
                                                      "blocks in the latest assistant message cannot be modified"};

bool says_any(std::string_view text, std::span<const std::string_view> words) {
  return std::ranges::any_of(words, [&](std::string_view word) { return text::contains(text, word); });
}

/// Quoted, or where a member's name stands in such a message: a word of its prose is no name.
bool names(std::string_view message, std::string_view name) {
  for (auto at = message.find(name); at != std::string_view::npos; at = message.find(name, at + 1)) {
    const std::string_view before = message.substr(0, at);
    const std::string_view after = message.substr(at + name.size());
    constexpr std::string_view kQuotes = "'\"`";
    const bool quoted = !before.empty() && !after.empty() && kQuotes.find(before.back()) != std::string_view::npos &&
                        after.front() == before.back();
    const bool alone = after.empty() || std::string_view(" .,;:").find(after.front()) != std::string_view::npos;
    if (quoted || (before.empty() && after.starts_with(":"))) return true;
    if (alone && (before.ends_with("parameter: ") || before.ends_with("supplied: "))) return true;
  }
  return false;
}

template <class T>
bool drop(Param<T>& param, Losses& losses) {
  if (!param) return false;
  losses.add(param.path, kReason);
  param.value.reset();
  return true;
}

bool drop_reasoning(Reasoning& reasoning, Losses& losses) {
  if (reasoning.level == Reasoning::Level::unset && reasoning.show == Reasoning::Show::unset) return false;
  losses.add(reasoning.path, kReason);
  reasoning = {};
  return true;
}

/// The model is told the form instead, which does not bind it.
bool instruct(ChatRequest& request, Losses& losses) {
  OutputFormat& output = request.output;
  if (output.kind == OutputFormat::Kind::text) return false;
  std::string words = "Respond with a single JSON object and nothing else.";
  if (output.kind == OutputFormat::Kind::schema) words.append(" It has to fit this schema: ").append(output.schema);
  request.system.push_back({.value = Text{.text = std::move(words)}, .path = std::string(output.path)});
  losses.add(output.path, "as an instruction");
  output = {};
  return true;
}

bool drop_seals(ChatRequest& request, Losses& losses) {
  bool any = false;
  for (Turn& turn : request.turns)
    std::erase_if(turn.blocks, [&](Block& block) {
      auto* call = block.as<ToolCall>();
      auto* text = block.as<Text>();
      auto* thought = block.as<Thinking>();
      std::optional<Seal>* seal = call ? &call->seal : text ? &text->seal : thought ? &thought->seal : nullptr;
      if (!seal || !*seal) return false;
      losses.add(block.path, "reasoning refused");
      any = true;
      seal->reset();
      return thought != nullptr;
    });
  return any;
}

}  // namespace

std::optional<Option> refused_option(const ProviderError& error) {
  const std::string lower = text::to_lower(error.message);
  if (says_any(lower, kBadSeal) || says_any(error.code, kBadSeal)) return Option::sealed_reasoning;
  for (const Name& sentence : kSentences)
    if (text::contains(lower, sentence.text)) return sentence.option;
  if (!says_any(lower, kUnsupported) && !error.code.starts_with("unsupported_") && error.code != "unknown_parameter")
    return std::nullopt;
  if (text::contains(lower, "max_completion_tokens") && names(error.message, "max_tokens"))
    return Option::max_tokens_name;
  for (const Name& name : kNames)
    if (error.param == name.text || names(error.message, name.text)) return name.option;
  return std::nullopt;
}

bool leave_out(Option option, ChatRequest& request, Losses& losses) {
  switch (option) {
    case Option::top_p:
      return drop(request.top_p, losses);
    case Option::temperature:
      return drop(request.temperature, losses);
    case Option::top_k:
      return drop(request.top_k, losses);
    case Option::penalties: {
      const bool frequency = drop(request.frequency_penalty, losses);
      return drop(request.presence_penalty, losses) || frequency;
    }
    case Option::seed:
      return drop(request.seed, losses);
    case Option::stop:
      return drop(request.stop, losses);
    case Option::logprobs: {
      const bool number = drop(request.top_logprobs, losses);
      return drop(request.logprobs, losses) || number;
    }
    case Option::verbosity:
      return drop(request.verbosity, losses);
    case Option::reasoning:
      return drop_reasoning(request.reasoning, losses);
    case Option::parallel_calls:
      if (!request.tool_choice.parallel) return false;
      losses.add(request.tool_choice.parallel_path, kReason);
      request.tool_choice.parallel.reset();
      return true;
    case Option::service_tier:
      return drop(request.service_tier, losses);
    case Option::end_user:
      return drop(request.end_user, losses);
    case Option::cache_key:
      return drop(request.cache_key, losses);
    case Option::output_format:
      return instruct(request, losses);
    case Option::output_with_tools:
      return !request.tools.empty() && instruct(request, losses);
    case Option::max_tokens_name:
      return request.max_tokens.value.has_value();
    case Option::sealed_reasoning:
      return drop_seals(request, losses);
  }
  return false;
}

}  // namespace aigw::llm
