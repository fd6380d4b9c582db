#include "adapters/openai_chat/parts.hpp"
#include "adapters/request_fields.hpp"
#include "adapters/translation.hpp"

#include <algorithm>
#include <array>

namespace aigw::adapters::openai_chat {
namespace {

using json::Type;
using json::View;
using llm::ChatRequest;
using llm::Losses;
using Level = llm::Reasoning::Level;

enum class Field : std::uint8_t {
  audio,
  enable_thinking,
  frequency_penalty,
  function_call,
  functions,
  harmless,  ///< nothing that another dialect could or need know
  lost,
  logprobs,
  max_tokens,
  messages,
  metadata,
  modalities,
  model,
  n,
  parallel_tool_calls,
  presence_penalty,
  prompt_cache_key,
  reasoning,
  reasoning_effort,
  response_format,
  safety_identifier,
  seed,
  service_tier,
  stop,
  store,
  stream,
  stream_options,
  temperature,
  thinking,
  tool_choice,
  tools,
  top_k,
  top_logprobs,
  top_p,
  user,
  verbosity,
  web_search_options,
};

struct Row {
  std::string_view name;
  Field field;
};

constexpr std::array kRows = {
    Row{"audio", Field::audio},
    Row{"enable_thinking", Field::enable_thinking},  // Qwen
    Row{"frequency_penalty", Field::frequency_penalty},
    Row{"function_call", Field::function_call},
    Row{"functions", Field::functions},
    Row{"logit_bias", Field::lost},
    Row{"logprobs", Field::logprobs},
    Row{"max_completion_tokens", Field::max_tokens},
    Row{"max_tokens", Field::max_tokens},
    Row{"messages", Field::messages},
    Row{"metadata", Field::metadata},
    Row{"min_p", Field::lost},
    Row{"modalities", Field::modalities},
    Row{"model", Field::model},
    Row{"moderation", Field::lost},
    Row{"n", Field::n},
    Row{"parallel_tool_calls", Field::parallel_tool_calls},
    Row{"prediction", Field::lost},
    Row{"presence_penalty", Field::presence_penalty},
    Row{"prompt_cache_key", Field::prompt_cache_key},
    Row{"prompt_cache_options", Field::harmless},
    Row{"prompt_cache_retention", Field::harmless},
    Row{"random_seed", Field::seed},     // Mistral
    Row{"reasoning", Field::reasoning},  // OpenRouter
    Row{"reasoning_effort", Field::reasoning_effort},
    Row{"reasoning_format", Field::harmless},  // Groq
    Row{"repetition_penalty", Field::lost},
    Row{"response_format", Field::response_format},
    Row{"safety_identifier", Field::safety_identifier},
    Row{"seed", Field::seed},
    Row{"service_tier", Field::service_tier},
    Row{"stop", Field::stop},
    Row{"store", Field::store},
    Row{"stream", Field::stream},
    Row{"stream_options", Field::stream_options},
    Row{"temperature", Field::temperature},
    Row{"thinking", Field::thinking},  // DeepSeek, Z.ai
    Row{"tool_choice", Field::tool_choice},
    Row{"tools", Field::tools},
    Row{"top_a", Field::lost},
    Row{"top_k", Field::top_k},
    Row{"top_logprobs", Field::top_logprobs},
    Row{"top_p", Field::top_p},
    Row{"usage", Field::harmless},  // OpenRouter: usage is always asked for
    Row{"user", Field::user},
    Row{"verbosity", Field::verbosity},
    Row{"web_search_options", Field::web_search_options},
};
static_assert(std::ranges::is_sorted(kRows, {}, &Row::name));

const Row* row_of(std::string_view name) {
  const auto row = std::ranges::lower_bound(kRows, name, {}, &Row::name);
  return row != kRows.end() && row->name == name ? &*row : nullptr;
}

Status read(View value, std::string_view path, llm::Param<std::int64_t>& param) {
  param = {value.integer(), path};
  return param ? Status() : bad_field(path, "must be an integer");
}

Status read(View value, std::string_view path, llm::Param<double>& param) {
  param = {value.number(), path};
  return param ? Status() : bad_field(path, "must be a number");
}

Status read(View value, std::string_view path, llm::Param<bool>& param) {
  param = {value.boolean(), path};
  return param ? Status() : bad_field(path, "must be true or false");
}

Status read(View value, std::string_view path, llm::Param<std::string>& param) {
  param = {value.string(), path};
  return param ? Status() : bad_field(path, "must be a string");
}

Status read_stop(View value, llm::Param<std::vector<std::string>>& param) {
  std::vector<std::string> words;
  bool all_text = value.type() == Type::array || value.type() == Type::string;
  const auto take = [&](View word) {
    auto text = word.string();
    all_text = all_text && text;
    if (text) words.push_back(*std::move(text));
  };
  value.type() == Type::array ? value.each(take) : take(value);
  if (!all_text) return bad_field("stop", "must be a string or an array of strings");
  if (!words.empty()) param = {std::move(words), "stop"};
  return {};
}

void read_level(View value, std::string_view path, ChatRequest& request, Losses& losses) {
  const auto level = llm::level_named(value.string().value_or(""));
  if (!level) return losses.add(path, "unknown level");
  request.reasoning.level = *level;
  request.reasoning.path = path;
}

/// OpenRouter: effort, or max_tokens, or only enabled.
void read_reasoning(View value, ChatRequest& request, Losses& losses) {
  request.reasoning.path = "reasoning";
  value.each_member([&](std::string_view name, View member) {
    if (member.is_null()) return;
    if (name == "effort") {
      read_level(member, "reasoning.effort", request, losses);
    } else if (name == "max_tokens" && member.integer()) {
      request.reasoning.budget_tokens = member.integer();
      request.reasoning.level = llm::level_of_budget(*member.integer());
    } else if (name == "exclude" && member.boolean()) {
      if (*member.boolean()) request.reasoning.show = llm::Reasoning::Show::hidden;
    } else if (name == "enabled" && member.boolean()) {
      if (request.reasoning.level == Level::unset)
        request.reasoning.level = *member.boolean() ? Level::automatic : Level::off;
    } else {
      losses.add(at("reasoning", name), "unknown member");
    }
  });
}

/// DeepSeek's and Z.ai's switch.
void read_thinking(View value, ChatRequest& request) {
  request.reasoning.path = "thinking";
  const auto [type, budget] = value.members(std::array<std::string_view, 2>{"type", "budget_tokens"});
  if (type.raw() == R"("disabled")") {
    request.reasoning.level = Level::off;
  } else if (budget.integer()) {
    request.reasoning.budget_tokens = budget.integer();
    request.reasoning.level = llm::level_of_budget(*budget.integer());
  } else if (request.reasoning.level == Level::unset) {
    request.reasoning.level = Level::automatic;
  }
}

Error no_speech(std::string_view path) {
  Error error = make_error(ErrorKind::bad_request, std::string(path) + ": audio output is not translated",
                           "Ask for text, or choose a model whose provider speaks openai-chat");
  error.param = path;
  return error;
}

Status read_modalities(View value) {
  bool speech = false;
  value.each([&](View modality) { speech = speech || modality.raw() != R"("text")"; });
  if (speech) return no_speech("modalities");
  return {};
}

Status read_member(const Row& row, View value, ChatRequest& request, Losses& losses) {
  switch (row.field) {
    case Field::model:
      break;  // read before all others
    case Field::messages:
      return decode_messages(value, request, losses);
    case Field::tools:
      return decode_tools(value, request, losses);
    case Field::functions:
      return decode_functions(value, request, losses);
    case Field::tool_choice:
    case Field::function_call:
      return decode_tool_choice(value, row.name, request);
    case Field::response_format:
      return decode_response_format(value, request, losses);
    case Field::stream: {
      const auto stream = value.boolean();
      if (!stream) return bad_field("stream", "must be true or false");
      request.stream = *stream;
      break;
    }
    case Field::stream_options:
      request.usage_asked = value["include_usage"].raw() == "true";
      break;
    case Field::max_tokens:
      return read(value, row.name, request.max_tokens);
    case Field::temperature:
      return read(value, row.name, request.temperature);
    case Field::top_p:
      return read(value, row.name, request.top_p);
    case Field::top_k:
      return read(value, row.name, request.top_k);
    case Field::frequency_penalty:
      return read(value, row.name, request.frequency_penalty);
    case Field::presence_penalty:
      return read(value, row.name, request.presence_penalty);
    case Field::seed:
      return read(value, row.name, request.seed);
    case Field::n:
      return read(value, row.name, request.candidates);
    case Field::logprobs:
      return read(value, row.name, request.logprobs);
    case Field::top_logprobs:
      return read(value, row.name, request.top_logprobs);
    case Field::stop:
      return read_stop(value, request.stop);
    case Field::verbosity:
      return read(value, row.name, request.verbosity);
    case Field::service_tier:
      return read(value, row.name, request.service_tier);
    case Field::prompt_cache_key:
      return read(value, row.name, request.cache_key);
    case Field::safety_identifier:
      return read(value, row.name, request.end_user);
    case Field::user:
      return request.end_user ? Status() : read(value, row.name, request.end_user);
    case Field::store:
      return read(value, row.name, request.store);
    case Field::metadata:
      request.metadata = {value.raw(), row.name};
      break;
    case Field::parallel_tool_calls:
      request.tool_choice.parallel = value.boolean();
      request.tool_choice.parallel_path = "parallel_tool_calls";
      break;
    case Field::reasoning_effort:
      read_level(value, row.name, request, losses);
      break;
    case Field::reasoning:
      read_reasoning(value, request, losses);
      break;
    case Field::thinking:
      read_thinking(value, request);
      break;
    case Field::enable_thinking:
      request.reasoning.path = row.name;
      request.reasoning.level = value.raw() == "false" ? Level::off : Level::automatic;
      break;
    case Field::web_search_options:
      request.tools.push_back({.kind = llm::Tool::Kind::hosted,
                               .name = std::string(row.name),
                               .schema = value.raw(),
                               .path = std::string(row.name)});
      break;
    case Field::modalities:
      return read_modalities(value);
    case Field::audio:
      return no_speech(row.name);
    case Field::lost:
      losses.add(row.name, "no twin");
      break;
    case Field::harmless:
      losses.note(row.name, "no effect");
      break;
  }
  return {};
}

}  // namespace

Result<ChatRequest> decode_request(const json::Object& body, Losses& losses) {
  ChatRequest request{.dialect = kDialect, .body = &body};
  AIGW_TRY_ASSIGN(request.model, read_model(body));
  for (const json::Member& member : body.members()) {
    const View value = View::cut(member.value);
    if (value.is_null()) continue;
    if (const Row* row = row_of(member.key)) {
      AIGW_TRY(read_member(*row, value, request, losses));
    } else {
      losses.add(member.key, "unknown member");
    }
  }
  if (!body.find("messages")) return bad_field("messages", "is missing");
  return request;
}

}  // namespace aigw::adapters::openai_chat
