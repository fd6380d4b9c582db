#include "adapters/openai_chat/codec.hpp"
#include "base/text.hpp"

namespace aigw::adapters::openai_chat {
namespace {

class ChatStreamTap final : public llm::StreamTap {
 public:
  explicit ChatStreamTap(bool hide_usage) : hide_usage_(hide_usage) {}

  llm::EventKind on_event(const http::SseEvent& event) override {
    using llm::EventKind;
    if (event.data.empty()) return EventKind::notice;
    if (event.data == "[DONE]") {
      done_ = true;
      return EventKind::closing;
    }
    // Most events are text deltas that can hold nothing of interest: a plain search keeps them off the JSON reader.
    const bool has_usage = text::contains(event.data, "\"usage\"");
    const bool has_error = event.event == "error" || text::contains(event.data, "\"error\"");
    if (!finished_) note_finish(event.data);
    if (facts_.model_served.empty()) facts_.model_served = json::View::of(event.data)["model"].string().value_or("");
    if (has_error) {
      const json::View chunk = json::View::of(event.data);
      if (const json::View error = chunk["error"]; error && !error.is_null() && error.raw() != "false") {
        facts_.error_type = error["code"].string().value_or(error["type"].string().value_or("error"));
        if (chunk["choices"].type() != json::Type::array) {
          note_error(event.data, error);
          return EventKind::error;
        }
      }
    }
    if (!has_usage) return EventKind::content;
    const json::View chunk = json::View::of(event.data);
    auto usage = read_usage(chunk["usage"]);
    if (!usage) usage = read_usage(chunk["x_groq"]["usage"]);
    if (!usage) return EventKind::content;
    facts_.usage = usage;
    const json::View choices = chunk["choices"];
    const bool usage_only = choices.type() == json::Type::array && !json::first_element(choices.raw());
    return hide_usage_ && usage_only ? EventKind::hidden : EventKind::content;
  }

  bool complete() const override { return done_ || finished_; }
  std::pair<std::string, int> error_body() const override { return {error_body_, error_status_}; }
  std::string heartbeat() const override { return ": hb\n\n"; }

 private:
  void note_finish(std::string_view data) {
    const auto at = text::find(data, "\"finish_reason\":");
    if (at == std::string_view::npos || data.substr(at + 16, 4) == "null") return;
    json::View::of(data)["choices"].each([this](json::View choice) {
      if (choice["finish_reason"].type() == json::Type::string) finished_ = true;
    });
  }

  void note_error(std::string_view data, json::View error) {
    error_body_ = std::string(data);
    for (const json::View view : {error["code"], error["status_code"], error["status"]})
      if (const auto status = view.integer(); status && *status >= 400 && *status < 600)
        error_status_ = static_cast<int>(*status);
  }

  const bool hide_usage_;
  bool done_ = false;
  bool finished_ = false;
  std::string error_body_;
  int error_status_ = 0;
};

}  // namespace

std::unique_ptr<llm::StreamTap> make_stream_tap(bool hide_usage) { return std::make_unique<ChatStreamTap>(hide_usage); }

}  // namespace aigw::adapters::openai_chat
