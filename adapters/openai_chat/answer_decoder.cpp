#include "adapters/openai_chat/codec.hpp"
#include "adapters/openai_chat/parts.hpp"
#include "adapters/translation.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace aigw::adapters::openai_chat {
namespace {

using json::Type;
using json::View;
using llm::Block;
using llm::Candidate;
using Reason = llm::Finish::Reason;

struct FinishRow {
  std::string_view word;
  Reason reason;
};

// OpenAI's five, then what hosts write instead, 2026-11-23.
constexpr std::array kFinishes = {
    FinishRow{"stop", Reason::stop},
    FinishRow{"length", Reason::length},
    FinishRow{"tool_calls", Reason::tool},
    FinishRow{"function_call", Reason::tool},
    FinishRow{"content_filter", Reason::filter},
    FinishRow{"eos", Reason::stop},
    FinishRow{"end_turn", Reason::stop},
    FinishRow{"model_length", Reason::length},
    FinishRow{"sensitive", Reason::filter},
};

std::optional<llm::ToolCall> decode_call(View view) {
  const auto [id, function, custom, extra] =
      view.members(std::array<std::string_view, 4>{"id", "function", "custom", "extra_content"});
  llm::ToolCall call{.id = id.string().value_or(""), .custom = custom && !function};
  const View body = call.custom ? custom : function;
  const auto [name, arguments, input] = body.members(std::array<std::string_view, 3>{"name", "arguments", "input"});
  call.name = name.string().value_or("");
  call.arguments = call.custom ? input.string().value_or("") : call_arguments(arguments);
  if (auto signature = extra["google"]["thought_signature"].string())
    call.seal = llm::Seal{kDialect, "", *std::move(signature)};
  if (call.name.empty()) return std::nullopt;
  return call;
}

/// Images as some hosts add them: [{"image_url":{"url":"data:.."}}].
void decode_images(View images, std::vector<Block>& blocks) {
  images.each([&](View image) {
    const auto url = image["image_url"]["url"].string();
    if (auto data = url ? parse_data_url(*url) : std::nullopt)
      blocks.push_back({.value = llm::Media{.data = std::move(data->base64), .mime = std::move(data->mime)}});
  });
}

void decode_audio(View audio, std::vector<Block>& blocks) {
  const auto [data, transcript] = audio.members(std::array<std::string_view, 2>{"data", "transcript"});
  if (auto text = transcript.string(); text && !text->empty())
    blocks.push_back({.value = llm::Text{.text = *std::move(text)}});
  if (auto bytes = data.string())
    blocks.push_back({.value = llm::Media{.kind = llm::Media::Kind::audio, .data = *std::move(bytes)}});
}

struct Message {
  View content, refusal, tool_calls, function_call, annotations, audio, images;
  ReasoningMembers reasoning;
};

Message read_message(View view) {
  Message message;
  view.each_member([&](std::string_view name, View value) {
    if (value.is_null()) return;
    if (name == "content")
      message.content = value;
    else if (name == "refusal")
      message.refusal = value;
    else if (name == "tool_calls")
      message.tool_calls = value;
    else if (name == "function_call")
      message.function_call = value;
    else if (name == "annotations")
      message.annotations = value;
    else if (name == "audio")
      message.audio = value;
    else if (name == "images")
      message.images = value;
    else
      message.reasoning.take(name, value);
  });
  return message;
}

void decode_blocks(const Message& message, View sources, std::vector<Block>& blocks) {
  llm::Thinking thinking{.text = message.reasoning.text(), .seal = message.reasoning.native_seal()};
  llm::Text text{.text = content_text(message.content, thinking.text)};
  thinking.redacted = thinking.text.empty();
  if (!thinking.redacted || thinking.seal) blocks.push_back({.value = std::move(thinking)});
  text.citations = decode_annotations(message.annotations);
  if (text.citations.empty()) text.citations = decode_annotations(sources);
  if (!text.text.empty()) blocks.push_back({.value = std::move(text)});
  if (auto refusal = message.refusal.string(); refusal && !refusal->empty())
    blocks.push_back({.value = llm::Refusal{*std::move(refusal)}});
  message.tool_calls.each([&](View view) {
    if (auto call = decode_call(view)) blocks.push_back({.value = *std::move(call)});
  });
  if (const View legacy = message.function_call) {
    const auto [name, arguments] = legacy.members(std::array<std::string_view, 2>{"name", "arguments"});
    blocks.push_back(
        {.value = llm::ToolCall{.name = name.string().value_or(""), .arguments = call_arguments(arguments)}});
  }
  decode_images(message.images, blocks);
  decode_audio(message.audio, blocks);
}

Candidate decode_choice(View choice, View sources, std::optional<TokenUsage>& used) {
  const auto [message, finish, logprobs, usage] =
      choice.members(std::array<std::string_view, 4>{"message", "finish_reason", "logprobs", "usage"});
  if (!used) used = read_usage(usage);
  Candidate candidate;
  decode_blocks(read_message(message), sources, candidate.blocks);
  candidate.finish = decode_finish(finish.string().value_or(""));
  if (const View content = logprobs["content"]; content.type() == Type::array) candidate.logprobs = content.raw();
  llm::settle_finish(candidate);
  return candidate;
}

}  // namespace

llm::Finish decode_finish(std::string_view word) {
  const auto row = std::ranges::find(kFinishes, word, &FinishRow::word);
  return {.reason = row == kFinishes.end() ? Reason::other : row->reason, .detail = std::string(word)};
}

std::vector<llm::Citation> decode_annotations(View annotations) {
  std::vector<llm::Citation> citations;
  annotations.each([&](View annotation) {
    if (auto url = annotation.string()) {  // Perplexity: addresses only
      citations.push_back({.url = *std::move(url)});
      return;
    }
    const auto [url, title, start, end] =
        annotation["url_citation"].members(std::array<std::string_view, 4>{"url", "title", "start_index", "end_index"});
    if (!url.string()) return;
    citations.push_back({.start = start.integer().value_or(0),
                         .end = end.integer().value_or(0),
                         .url = url.string().value_or(""),
                         .title = title.string().value_or("")});
  });
  return citations;
}

std::string content_text(View content, std::string& thinking) {
  if (auto text = content.string()) return *std::move(text);
  std::string out;
  content.each([&](View part) {
    const auto [text, thought] = part.members(std::array<std::string_view, 2>{"text", "thinking"});
    out += text.string().value_or("");
    if (auto plain = thought.string()) thinking += *plain;
    thought.each([&](View piece) { thinking += piece["text"].string().value_or(""); });
  });
  return out;
}

std::string call_arguments(View arguments) {
  if (arguments.type() == Type::object) return std::string(arguments.raw());
  auto text = arguments.string().value_or("");
  return text.find_first_not_of(" \t\r\n") == std::string::npos || text == "null" ? "{}" : text;
}

Result<llm::Answer> decode_answer(std::string_view body) {
  const auto not_one = [] {
    return make_error(ErrorKind::upstream_invalid, "the provider's answer is no chat completion");
  };
  const auto object = json::scan_answer(body);
  if (!object) return not_one();
  llm::Answer answer{.id = (*object)["id"].string().value_or(""),
                     .model = (*object)["model"].string().value_or(""),
                     .created_s = (*object)["created"].integer().value_or(0)};
  const View sources = (*object)["citations"];
  (*object)["choices"].each(
      [&](View choice) { answer.candidates.push_back(decode_choice(choice, sources, answer.usage)); });
  if (answer.candidates.empty()) return not_one();
  auto counted = read_usage((*object)["usage"]);
  if (!counted) counted = read_usage((*object)["x_groq"]["usage"]);
  if (counted) answer.usage = counted;
  return answer;
}

}  // namespace aigw::adapters::openai_chat
