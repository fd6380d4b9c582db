#include "adapters/anthropic_messages/parts.hpp"
#include "llm/call_id.hpp"

#include <algorithm>
#include <unordered_set>

namespace aigw::adapters::anthropic_messages {
namespace {

/// Blocks begin with their first byte, so that none is empty and a call's seal can stand in a block before it.
class MessagesStreamEncoder final : public llm::StreamEncoder {
 public:
  explicit MessagesStreamEncoder(const llm::AnswerContext& context) : context_(context) {}

  void start(std::string_view id, std::string_view model, std::int64_t) override {
    begin("message_start");
    json::Writer out(out_);
    out.begin_object().member("type", "message_start").key("message").begin_object();
    out.member("id", message_id(id, context_.request_id)).member("type", "message").member("role", "assistant");
    out.member("model", model.empty() ? std::string_view(context_.request->model) : model);
    out.key("content").raw("[]").key("stop_reason").null().key("stop_sequence").null();
    out.key("usage");
    write_usage(out, {});
    out.end_object().end_object();
    end_event();
  }

  void open(llm::BlockKey key, const llm::BlockOpening& opening) override {
    if (opening.candidate != 0) return;
    live_ = Live{.key = key, .kind = opening.kind, .id = std::string(opening.id), .name = std::string(opening.name)};
  }

  void delta(llm::BlockKey key, std::string_view piece) override {
    if (!is_live(key)) return;
    ensure_started();
    switch (live_->kind) {
      case llm::BlockKind::text:
      case llm::BlockKind::refusal:
        return write_delta("text_delta", "text", piece);
      case llm::BlockKind::thinking:
        return write_delta("thinking_delta", "thinking", piece);
      case llm::BlockKind::tool_call:
        return write_delta("input_json_delta", "partial_json", piece);
      case llm::BlockKind::custom_call: {
        std::string escaped;
        json::append_escaped(escaped, piece);
        return write_delta("input_json_delta", "partial_json", escaped);
      }
    }
  }

  void seal(llm::BlockKey key, const llm::Seal& seal) override {
    if (!is_live(key) || live_->kind == llm::BlockKind::text || live_->kind == llm::BlockKind::refusal) return;
    if (is_call() && !live_->is_started)
      write_sealed(wrapped(seal, context_));
    else
      live_->seal = wrapped(seal, context_);
  }

  void cite(llm::BlockKey, const llm::Citation&) override {}  // Anthropic's need an index that only it can make

  void close(llm::BlockKey key) override {
    if (!is_live(key)) return;
    if (is_call()) {
      ensure_started();
      if (live_->kind == llm::BlockKind::custom_call) write_delta("input_json_delta", "partial_json", "\"}");
    }
    if (live_->is_started) {
      if (live_->kind == llm::BlockKind::thinking && !live_->seal.empty())
        write_delta("signature_delta", "signature", std::exchange(live_->seal, {}));
      begin("content_block_stop");
      json::Writer(out_).begin_object().member("type", "content_block_stop").member("index", index_).end_object();
      end_event();
      ++index_;
    }
    const std::string late_seal = std::move(live_->seal);
    live_.reset();
    if (!late_seal.empty()) write_sealed(late_seal);
  }

  void whole(std::uint32_t candidate, const llm::Block& block) override {
    const auto* thinking = block.as<llm::Thinking>();
    if (candidate == 0 && thinking && thinking->seal) write_sealed(wrapped(*thinking->seal, context_));
  }

  void logprobs(std::uint32_t, std::string_view) override {}
  void usage(const TokenUsage& usage) override { usage_ = usage; }

  void finish(std::uint32_t candidate, const llm::Finish& finish) override {
    if (candidate != 0) return;
    llm::Finish told = finish;
    if (refused_ && told.reason == llm::Finish::Reason::stop) told.reason = llm::Finish::Reason::filter;
    begin("message_delta");
    json::Writer out(out_);
    out.begin_object().member("type", "message_delta").key("delta").begin_object();
    write_finish(out, told);
    out.end_object().key("usage");
    write_usage(out, usage_);
    out.end_object();
    end_event();
  }

  void error(const llm::ProviderError& error) override {
    begin("error");
    out_.append(encode_error(error, context_.request_id));
    end_event();
  }

  void end() override {
    begin("message_stop");
    out_.append(R"({"type":"message_stop"})");
    end_event();
  }

  std::string heartbeat() const override {
    // Claude Code (2.1.193 and later) resets its watchdog inside an open block on deltas only, not on pings.
    if (!live_ || !live_->is_started) return "event: ping\ndata: {\"type\": \"ping\"}\n\n";
    std::string_view delta = R"({"type":"text_delta","text":""})";
    if (live_->kind == llm::BlockKind::thinking) delta = R"({"type":"thinking_delta","thinking":""})";
    if (is_call()) delta = R"({"type":"input_json_delta","partial_json":""})";
    return "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":" + std::to_string(index_) +
           ",\"delta\":" + std::string(delta) + "}\n\n";
  }

 private:
  static constexpr std::size_t kIdCharsMax = 128;

  struct Live {
    llm::BlockKey key = 0;
    llm::BlockKind kind = llm::BlockKind::text;
    std::string id = {}, name = {};
    std::string seal = {};
    bool is_started = false;
  };

  bool is_live(llm::BlockKey key) const { return live_ && live_->key == key; }
  bool is_call() const {
    return live_->kind == llm::BlockKind::tool_call || live_->kind == llm::BlockKind::custom_call;
  }

  void begin(std::string_view type) { out_.append("event: ").append(type).append("\ndata: "); }
  void end_event() { out_.append("\n\n"); }

  json::Writer begin_block() {
    begin("content_block_start");
    json::Writer out(out_);
    out.begin_object().member("type", "content_block_start").member("index", index_);
    out.key("content_block").begin_object();
    return out;
  }

  void ensure_started() {
    if (live_->is_started) return;
    live_->is_started = true;
    json::Writer out = begin_block();
    switch (live_->kind) {
      case llm::BlockKind::refusal:
        refused_ = true;
        [[fallthrough]];
      case llm::BlockKind::text:
        out.member("type", "text").member("text", "");
        break;
      case llm::BlockKind::thinking:
        out.member("type", "thinking").member("thinking", "").member("signature", "");
        break;
      case llm::BlockKind::tool_call:
      case llm::BlockKind::custom_call:
        out.member("type", "tool_use").member("id", call_id()).member("name", live_->name).key("input").raw("{}");
        break;
    }
    out.end_object().end_object();
    end_event();
    if (live_->kind == llm::BlockKind::custom_call) write_delta("input_json_delta", "partial_json", R"({"input":")");
  }

  std::string call_id() {
    std::string id = live_->id.empty() ? std::string() : llm::call_id_for(live_->id, kIdCharsMax);
    if (id.empty() || ids_.contains(id)) id = llm::made_call_id("toolu_", context_.request_id, calls_);
    ++calls_;
    ids_.insert(id);
    return id;
  }

  void write_delta(std::string_view type, std::string_view member, std::string_view piece) {
    begin("content_block_delta");
    json::Writer out(out_);
    out.begin_object().member("type", "content_block_delta").member("index", index_).key("delta").begin_object();
    out.member("type", type).key(member).string(piece).end_object().end_object();
    end_event();
  }

  void write_sealed(const std::string& data) {
    json::Writer out = begin_block();
    out.member("type", "redacted_thinking").member("data", data).end_object().end_object();
    end_event();
    begin("content_block_stop");
    json::Writer(out_).begin_object().member("type", "content_block_stop").member("index", index_).end_object();
    end_event();
    ++index_;
  }

  llm::AnswerContext context_;
  std::int64_t index_ = 0;
  std::optional<Live> live_;
  std::unordered_set<std::string> ids_;
  std::size_t calls_ = 0;
  bool refused_ = false;
  TokenUsage usage_;
};

}  // namespace

std::unique_ptr<llm::StreamEncoder> make_stream_encoder(const llm::AnswerContext& context) {
  return std::make_unique<MessagesStreamEncoder>(context);
}

}  // namespace aigw::adapters::anthropic_messages
