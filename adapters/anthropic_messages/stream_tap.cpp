#include "adapters/anthropic_messages/codec.hpp"
#include "json/writer.hpp"

namespace aigw::adapters::anthropic_messages {
namespace {

/// The delta that adds nothing to an open block of a kind, or empty where there is none.
std::string_view empty_delta(std::string_view block_type) {
  if (block_type == "text") return R"({"type":"text_delta","text":""})";
  if (block_type == "thinking") return R"({"type":"thinking_delta","thinking":""})";
  if (block_type == "tool_use" || block_type == "server_tool_use" || block_type == "mcp_tool_use")
    return R"({"type":"input_json_delta","partial_json":""})";
  return {};
}

class MessagesStreamTap final : public llm::StreamTap {
 public:
  llm::EventKind on_event(const http::SseEvent& event) override {
    using llm::EventKind;
    if (event.data.empty()) return EventKind::notice;
    const json::View data = event.event.empty() ? json::View::of(event.data) : json::View{};
    const std::string type = event.event.empty() ? data["type"].string().value_or("") : std::string(event.event);
    if (type == "content_block_delta") return EventKind::content;
    if (type == "ping") return EventKind::notice;
    const json::View view = json::View::of(event.data);
    if (type == "message_start") {
      const json::View message = view["message"];
      if (facts_.model_served.empty()) facts_.model_served = message["model"].string().value_or("");
      merge(message["usage"]);
    } else if (type == "content_block_start") {
      open_index_ = view["index"].integer().value_or(0);
      open_type_ = view["content_block"]["type"].string().value_or("");
    } else if (type == "content_block_stop") {
      open_type_.clear();
    } else if (type == "message_delta") {
      merge(view["usage"]);
    } else if (type == "message_stop") {
      stopped_ = true;
      return EventKind::closing;
    } else if (type == "error") {
      facts_.error_type = view["error"]["type"].string().value_or("error");
      error_body_ = std::string(event.data);
      return EventKind::error;
    }
    return EventKind::content;
  }

  bool complete() const override { return stopped_; }
  std::pair<std::string, int> error_body() const override { return {error_body_, status_of_type(facts_.error_type)}; }

  std::string heartbeat() const override {
    // Claude Code (2.1.193 and later) resets its watchdog inside an open block on deltas only, not on pings.
    const std::string_view delta = empty_delta(open_type_);
    if (delta.empty()) return "event: ping\ndata: {\"type\": \"ping\"}\n\n";
    return "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":" +
           std::to_string(open_index_) + ",\"delta\":" + std::string(delta) + "}\n\n";
  }

 private:
  void merge(json::View usage) {
    if (usage.type() == json::Type::object) facts_.usage = merge_usage(facts_.usage.value_or(TokenUsage{}), usage);
  }

  bool stopped_ = false;
  std::int64_t open_index_ = 0;
  std::string open_type_;
  std::string error_body_;
};

}  // namespace

std::unique_ptr<llm::StreamTap> make_stream_tap() { return std::make_unique<MessagesStreamTap>(); }

}  // namespace aigw::adapters::anthropic_messages
