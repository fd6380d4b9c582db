#include "adapters/anthropic_messages/parts.hpp"
#include "json/scan.hpp"
#include "json/splice.hpp"
#include "llm/call_id.hpp"
#include "llm/seal.hpp"

#include <algorithm>
#include <unordered_set>

namespace aigw::adapters::anthropic_messages {
namespace {

using Reason = llm::Finish::Reason;

std::string_view word_of(const llm::Finish& finish) {
  switch (finish.reason) {
    case Reason::stop:
      return finish.stop_sequence.empty() ? "end_turn" : "stop_sequence";
    case Reason::length:
      return finish.detail == "model_context_window_exceeded" ? "model_context_window_exceeded" : "max_tokens";
    case Reason::tool:
      return "tool_use";
    case Reason::filter:
      return "refusal";
    case Reason::pause:
      return "pause_turn";
    case Reason::other:
      break;
  }
  return "end_turn";
}

/// The `content` array of one answer. Neighbouring texts are one block; no block is empty.
class ContentWriter {
 public:
  ContentWriter(json::Writer& out, const llm::AnswerContext& context, llm::Losses& losses)
      : out_(out), context_(context), losses_(losses) {}

  void write(const llm::Candidate& candidate) {
    for (const llm::Block& block : candidate.blocks) std::visit([&](const auto& value) { add(value); }, block.value);
    flush_text();
  }
  bool has_call() const { return calls_ > 0; }

 private:
  void add(const llm::Text& text) {
    text_.append(text.text);
    if (!text.citations.empty()) losses_.add("content.citations", "citations");
    if (!text.seal) return;
    flush_text();
    write_sealed(*text.seal);
  }
  void add(const llm::Refusal& refusal) { text_.append(refusal.text); }
  void add(const llm::Thinking& thinking) {
    flush_text();
    if (thinking.text.empty()) {
      if (thinking.seal) write_sealed(*thinking.seal);
      return;
    }
    out_.begin_object().member("type", "thinking").member("thinking", thinking.text);
    out_.member("signature", thinking.seal ? wrapped(*thinking.seal, context_) : std::string()).end_object();
  }
  void add(const llm::ToolCall& call) {
    flush_text();
    std::string input = call.custom ? "{\"input\":" + json::quote(call.arguments) + "}" : call.arguments;
    if (input.empty()) input = "{}";
    if (!json::scan_answer(input)) {
      // An agent would run whatever stood there instead.
      losses_.add("content.tool_use." + call.name, "arguments are no object");
      return;
    }
    if (call.custom) losses_.add("content.tool_use." + call.name, "custom tool as function");
    if (call.seal) write_sealed(*call.seal);
    std::string id = call.id.empty() ? std::string() : llm::call_id_for(call.id, kIdCharsMax);
    if (id.empty() || ids_.contains(id)) id = llm::made_call_id("toolu_", context_.request_id, calls_);
    ids_.insert(id);
    ++calls_;
    out_.begin_object().member("type", "tool_use").member("id", id).member("name", call.name);
    out_.key("input").raw(input).end_object();
  }
  void add(const llm::ToolResult&) {}
  void add(const llm::Media&) { losses_.add("content", "media"); }
  void add(const llm::Opaque& opaque) { losses_.add("content", opaque.kind); }

  void write_sealed(const llm::Seal& seal) {
    out_.begin_object().member("type", "redacted_thinking").member("data", wrapped(seal, context_)).end_object();
  }
  void flush_text() {
    if (text_.empty()) return;
    out_.begin_object().member("type", "text").member("text", text_).end_object();
    text_.clear();
  }

  static constexpr std::size_t kIdCharsMax = 128;
  json::Writer& out_;
  const llm::AnswerContext& context_;
  llm::Losses& losses_;
  std::string text_;
  std::unordered_set<std::string> ids_;
  std::size_t calls_ = 0;
};

}  // namespace

std::string message_id(std::string_view provider_id, std::string_view request_id) {
  if (provider_id.starts_with("msg_")) return std::string(provider_id);
  return llm::made_call_id("msg_", provider_id.empty() ? request_id : provider_id, 0);
}

std::string wrapped(const llm::Seal& seal, const llm::AnswerContext& context) {
  llm::Seal whose = seal;
  whose.provider = context.provider;
  return llm::wrap(whose);
}

void write_usage(json::Writer& out, const TokenUsage& usage) {
  out.begin_object();
  out.member("input_tokens", usage.input);
  out.member("cache_creation_input_tokens", usage.cache_write);
  out.member("cache_read_input_tokens", usage.cache_read);
  out.member("output_tokens", usage.output);
  if (usage.reasoning > 0)
    out.key("output_tokens_details").begin_object().member("thinking_tokens", usage.reasoning).end_object();
  out.end_object();
}

void write_finish(json::Writer& out, const llm::Finish& finish) {
  out.member("stop_reason", word_of(finish)).key("stop_sequence");
  finish.stop_sequence.empty() ? out.null() : out.string(finish.stop_sequence);
  if (finish.reason != Reason::filter) return;
  out.key("stop_details").begin_object().member("type", "refusal").key("category").null().key("explanation");
  finish.explanation.empty() ? out.null() : out.string(finish.explanation);
  out.end_object();
}

std::string encode_answer(const llm::Answer& answer, const llm::AnswerContext& context, llm::Losses& losses) {
  const llm::Candidate none;
  if (answer.candidates.size() > 1) losses.add("candidates", "only the first");
  const llm::Candidate& candidate = answer.candidates.empty() ? none : answer.candidates.front();
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.member("id", message_id(answer.id, context.request_id)).member("type", "message").member("role", "assistant");
  out.member("model", answer.model.empty() ? context.request->model : answer.model);
  out.key("content").begin_array();
  ContentWriter content(out, context, losses);
  content.write(candidate);
  out.end_array();
  llm::Finish finish = candidate.finish;
  const bool refused = std::ranges::any_of(candidate.blocks,
                                           [](const llm::Block& block) { return block.as<llm::Refusal>() != nullptr; });
  if (refused && finish.reason == Reason::stop) finish.reason = Reason::filter;
  if (finish.reason == Reason::tool && !content.has_call()) finish.reason = Reason::other;
  write_finish(out, finish);
  out.key("usage");
  write_usage(out, answer.usage.value_or(TokenUsage{}));
  out.end_object();
  return text;
}

}  // namespace aigw::adapters::anthropic_messages
