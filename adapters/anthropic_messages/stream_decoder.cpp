#include "adapters/anthropic_messages/codec.hpp"
#include "adapters/anthropic_messages/parts.hpp"
#include "adapters/provider_errors.hpp"

#include <array>
#include <map>
#include <utility>

namespace aigw::adapters::anthropic_messages {
namespace {

using json::Type;
using json::View;

class MessagesStreamDecoder final : public llm::StreamDecoder {
 public:
  void on_event(const http::SseEvent& event, llm::StreamSink& sink) override {
    if (over_ || event.data.empty()) return;
    const View data = View::of(event.data);
    const std::string type = data["type"].string().value_or("");
    if (type == "content_block_delta")
      on_delta(data, sink);
    else if (type == "content_block_start")
      on_block_start(data, sink);
    else if (type == "content_block_stop")
      on_block_stop(data["index"].integer().value_or(-1), sink);
    else if (type == "message_start")
      on_start(data["message"], sink);
    else if (type == "message_delta")
      on_message_delta(data, sink);
    else if (type == "message_stop")
      finish(sink);
    else if (type == "error" || event.event == "error" || data["error"])
      fail(decode_error(0, event.data, {}), sink);
  }

  void at_end(llm::StreamSink& sink) override {
    if (over_) return;
    if (finish_) return finish(sink);
    fail({.kind = llm::ProviderError::Kind::truncated, .message = "the provider's answer ended before its end"}, sink);
  }

 private:
  struct Open {
    llm::BlockKey key = 0;
    llm::BlockKind kind = llm::BlockKind::text;
    bool is_ours = true;  ///< false: a server's tool, read and left out
    bool is_opened = false;
    bool has_bytes = false;
    std::string id = {}, name = {};
    std::string input = {};  ///< what the start gave of a call's input
    std::string seal = {};
    std::int64_t code_points = 0;
    std::vector<std::string> citations = {};
  };

  void on_start(View message, llm::StreamSink& sink) {
    if (started_) {  // the next answer in one body
      if (finish_) return finish(sink);
      return fail({.kind = llm::ProviderError::Kind::malformed, .message = "the provider began a second answer"}, sink);
    }
    started_ = true;
    const auto [id, model, usage, content] =
        message.members(std::array<std::string_view, 4>{"id", "model", "usage", "content"});
    sink.start(id.string().value_or(""), model.string().value_or(""), 0);
    take_usage(usage, sink);
    content.each([&](View block) {
      const auto decoded = decode_block(block);
      if (decoded) llm::replay_block(*decoded, next_key_++, 0, sink);
    });
  }

  /// A stream may lack its first event.
  void ensure_started(llm::StreamSink& sink) {
    if (!std::exchange(started_, true)) sink.start({}, {}, 0);
  }

  void take_usage(View usage, llm::StreamSink& sink) {
    if (usage.type() != Type::object) return;
    usage_ = merge_usage(usage_, usage);
    sink.usage(usage_);
  }

  void on_block_start(View data, llm::StreamSink& sink) {
    ensure_started(sink);
    const auto [index, block] = data.members(std::array<std::string_view, 2>{"index", "content_block"});
    if (!block) return;
    const auto [type_view, id, name, text, input] =
        block.members(std::array<std::string_view, 5>{"type", "id", "name", "text", "input"});
    const std::string type = type_view.string().value_or("");
    Open open{.key = next_key_++};
    if (type == "text") {
      open.kind = llm::BlockKind::text;
    } else if (type == "thinking") {
      open.kind = llm::BlockKind::thinking;
    } else if (type == "tool_use") {
      open.kind = llm::BlockKind::tool_call;
      open.id = id.string().value_or("");
      open.name = name.string().value_or("");
      if (input.type() == Type::object) open.input = input.raw();
    } else {
      open.is_ours = false;
      if (const auto whole = decode_block(block)) sink.whole(0, *whole);
    }
    Open& kept = open_[index.integer().value_or(-1)] = std::move(open);
    if (!kept.is_ours) return;
    if (kept.kind == llm::BlockKind::tool_call) ensure_open(kept, sink);
    const auto [thinking, signature] = block.members(std::array<std::string_view, 2>{"thinking", "signature"});
    kept.seal = signature.string().value_or("");
    bytes(kept, kept.kind == llm::BlockKind::thinking ? thinking.string().value_or("") : text.string().value_or(""),
          sink);
  }

  void on_delta(View data, llm::StreamSink& sink) {
    const auto [index, delta] = data.members(std::array<std::string_view, 2>{"index", "delta"});
    const auto found = open_.find(index.integer().value_or(-1));
    if (found == open_.end() || !found->second.is_ours) return;
    Open& open = found->second;
    const auto [type_view, text, thinking, json, signature, citation] = delta.members(
        std::array<std::string_view, 6>{"type", "text", "thinking", "partial_json", "signature", "citation"});
    const std::string type = type_view.string().value_or("");
    if (type == "text_delta")
      bytes(open, text.string().value_or(""), sink);
    else if (type == "thinking_delta")
      bytes(open, thinking.string().value_or(""), sink);
    else if (type == "input_json_delta")
      bytes(open, json.string().value_or(""), sink);
    else if (type == "signature_delta")
      open.seal = signature.string().value_or("");
    else if (type == "citations_delta")
      open.citations.emplace_back(citation.raw());  // comes before the text that it is for
  }

  /// A block without bytes is none, but for calls.
  void bytes(Open& open, const std::string& piece, llm::StreamSink& sink) {
    if (piece.empty()) return;
    ensure_open(open, sink);
    open.has_bytes = true;
    if (open.kind == llm::BlockKind::text) open.code_points += code_points(piece);
    sink.delta(open.key, piece);
  }

  void ensure_open(Open& open, llm::StreamSink& sink) {
    if (open.is_opened) return;
    open.is_opened = true;
    sink.open(open.key, {.kind = open.kind, .candidate = 0, .id = open.id, .name = open.name});
  }

  void on_block_stop(std::int64_t index, llm::StreamSink& sink) {
    const auto found = open_.find(index);
    if (found == open_.end()) return;
    close(found->second, sink);
    open_.erase(found);
  }

  void close(Open& open, llm::StreamSink& sink) {
    if (!open.is_ours) return;
    if (open.kind == llm::BlockKind::tool_call && !open.has_bytes)
      bytes(open, open.input.empty() ? "{}" : open.input, sink);
    if (!open.seal.empty()) {
      ensure_open(open, sink);
      sink.seal(open.key, native_seal(std::move(open.seal)));
    }
    if (!open.is_opened) return;
    for (const std::string& citation : open.citations)
      sink.cite(open.key, decode_citation(View::of(citation), open.code_points));
    sink.close(open.key);
  }

  void on_message_delta(View data, llm::StreamSink& sink) {
    const auto [delta, usage] = data.members(std::array<std::string_view, 2>{"delta", "usage"});
    const auto [reason, sequence, details] =
        delta.members(std::array<std::string_view, 3>{"stop_reason", "stop_sequence", "stop_details"});
    if (reason && !reason.is_null()) finish_ = decode_finish(reason, sequence, details);
    take_usage(usage, sink);
  }

  void finish(llm::StreamSink& sink) {
    over_ = true;
    ensure_started(sink);
    for (auto& [index, open] : open_) close(open, sink);
    sink.finish(0, finish_.value_or(llm::Finish{.reason = llm::Finish::Reason::other}));
    sink.end();
  }

  void fail(const llm::ProviderError& error, llm::StreamSink& sink) {
    over_ = true;
    sink.error(error);
  }

  bool started_ = false;
  bool over_ = false;
  std::map<std::int64_t, Open> open_;
  llm::BlockKey next_key_ = 0;
  TokenUsage usage_;
  std::optional<llm::Finish> finish_;
};

}  // namespace

std::unique_ptr<llm::StreamDecoder> make_stream_decoder() { return std::make_unique<MessagesStreamDecoder>(); }

}  // namespace aigw::adapters::anthropic_messages
