#include "adapters/anthropic_messages/codec.hpp"
#include "adapters/anthropic_messages/parts.hpp"

#include <algorithm>
#include <array>

namespace aigw::adapters::anthropic_messages {
namespace {

using json::Type;
using json::View;
using Reason = llm::Finish::Reason;

struct ReasonRow {
  std::string_view word;
  Reason reason;
};
constexpr std::array kReasons = {
    ReasonRow{"end_turn", Reason::stop},     ReasonRow{"stop_sequence", Reason::stop},
    ReasonRow{"max_tokens", Reason::length}, ReasonRow{"model_context_window_exceeded", Reason::length},
    ReasonRow{"tool_use", Reason::tool},     ReasonRow{"refusal", Reason::filter},
    ReasonRow{"pause_turn", Reason::pause},
};

}  // namespace

llm::Seal native_seal(std::string bytes) { return {.dialect = kDialect, .provider = {}, .bytes = std::move(bytes)}; }

std::int64_t code_points(std::string_view text) {
  return std::ranges::count_if(text, [](unsigned char c) { return (c & 0xC0U) != 0x80U; });
}

llm::Citation decode_citation(View citation, std::int64_t text_code_points) {
  const auto [url, title, document, quote] =
      citation.members(std::array<std::string_view, 4>{"url", "title", "document_title", "cited_text"});
  return {.start = 0,
          .end = text_code_points,
          .url = url.string().value_or(""),
          .title = title.string().value_or(document.string().value_or("")),
          .quote = quote.string().value_or("")};
}

llm::Finish decode_finish(View word, View sequence, View details) {
  llm::Finish finish{.detail = word.string().value_or(""), .stop_sequence = sequence.string().value_or("")};
  const auto row = std::ranges::find(kReasons, finish.detail, &ReasonRow::word);
  finish.reason = row == kReasons.end() ? Reason::other : row->reason;
  finish.explanation = details["explanation"].string().value_or("");
  return finish;
}

std::optional<llm::Block> decode_block(View block) {
  std::string type = block["type"].string().value_or("");
  if (type == "text") {
    const auto [words, citations] = block.members(std::array<std::string_view, 2>{"text", "citations"});
    llm::Text text{.text = words.string().value_or("")};
    if (text.text.empty()) return std::nullopt;
    const std::int64_t size = code_points(text.text);
    citations.each([&](View citation) { text.citations.push_back(decode_citation(citation, size)); });
    return llm::Block{.value = std::move(text)};
  }
  if (type == "thinking") {
    const auto [words, signature] = block.members(std::array<std::string_view, 2>{"thinking", "signature"});
    llm::Thinking thinking{.text = words.string().value_or("")};
    if (auto bytes = signature.string(); bytes && !bytes->empty()) thinking.seal = native_seal(*std::move(bytes));
    if (thinking.text.empty() && !thinking.seal) return std::nullopt;
    return llm::Block{.value = std::move(thinking)};
  }
  if (type == "redacted_thinking")
    return llm::Block{.value =
                          llm::Thinking{.redacted = true, .seal = native_seal(block["data"].string().value_or(""))}};
  if (type == "tool_use") {
    const auto [id, name, input] = block.members(std::array<std::string_view, 3>{"id", "name", "input"});
    return llm::Block{.value = llm::ToolCall{
                          .id = id.string().value_or(""),
                          .name = name.string().value_or(""),
                          .arguments = input.type() == Type::object ? std::string(input.raw()) : std::string("{}")}};
  }
  return llm::Block{.value = llm::Opaque{kDialect, std::move(type), std::string(block.raw())}};
}

Result<llm::Answer> decode_answer(std::string_view body) {
  const auto object = json::scan_answer(body);
  const auto not_one = [] { return make_error(ErrorKind::upstream_invalid, "the provider's answer is no message"); };
  if (!object) return not_one();
  const auto [id, model, content, reason, sequence, details, usage] = object->members(std::array<std::string_view, 7>{
      "id", "model", "content", "stop_reason", "stop_sequence", "stop_details", "usage"});
  if (content.type() != Type::array) return not_one();
  llm::Answer answer{.id = id.string().value_or(""), .model = model.string().value_or("")};
  llm::Candidate candidate;
  content.each([&](View block) {
    if (auto decoded = decode_block(block)) candidate.blocks.push_back(*std::move(decoded));
  });
  candidate.finish = decode_finish(reason, sequence, details);
  llm::settle_finish(candidate);
  answer.candidates.push_back(std::move(candidate));
  if (usage.type() == Type::object) answer.usage = merge_usage({}, usage);
  return answer;
}

}  // namespace aigw::adapters::anthropic_messages
