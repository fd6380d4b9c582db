#include "adapters/reframers.hpp"

#include "adapters/anthropic_messages/parts.hpp"
#include "base/base64.hpp"
#include "base/text.hpp"
#include "http/event_stream.hpp"
#include "json/view.hpp"

#include <algorithm>

namespace aigw::adapters {
namespace {

/// InvokeModelWithResponseStream of Amazon Bedrock: each frame holds one event of Anthropic's in base64, or an
/// exception.
class EventStreamReframer final : public llm::Reframer {
 public:
  Status feed(std::string_view bytes, std::string& events) override {
    frames_.push(bytes);
    for (;;) {
      AIGW_TRY_ASSIGN(const auto frame, frames_.next());
      if (!frame) return {};
      if (frame->message_type == "event")
        AIGW_TRY(take_event(*frame, events));
      else
        take_failure(*frame, events);
    }
  }

 private:
  static Status take_event(const http::EventStreamFrame& frame, std::string& events) {
    if (frame.name != "chunk") return {};  // a kind that is still to come
    const auto encoded = json::View::of(frame.payload)["bytes"].string();
    auto data = encoded ? base64::decode(*encoded) : std::nullopt;
    if (!data) return make_error(ErrorKind::upstream_invalid, "a chunk of the provider's event stream holds no bytes");
    // A line end is a blank to JSON, but the end of the field to an event.
    std::ranges::replace_if(
        *data, [](char c) { return c == '\n' || c == '\r'; }, ' ');
    const std::string type = json::View::of(*data)["type"].string().value_or("");
    if (!std::ranges::all_of(type, is_word))
      return make_error(ErrorKind::upstream_invalid, "a chunk of the provider's event stream has no sane type");
    append_event(events, type, *data);
    return {};
  }

  static void take_failure(const http::EventStreamFrame& frame, std::string& events) {
    llm::ProviderError error;
    error.type = frame.name;
    error.message = json::View::of(frame.payload)["message"].string().value_or(std::string(frame.error_text));
    if (error.message.empty()) error.message = error.type;
    error.kind = llm::classify(0, error.type, {}, error.message);
    append_event(events, "error", anthropic_messages::encode_error(error, {}));
  }

  static bool is_word(char c) { return c == '_' || (c >= 'a' && c <= 'z'); }
  static void append_event(std::string& events, std::string_view type, std::string_view data) {
    if (!type.empty()) text::append(events, "event: ", type, "\n");
    text::append(events, "data: ", data, "\n\n");
  }

  http::EventStreamSplitter frames_;
};

}  // namespace

std::unique_ptr<llm::Reframer> reframer_of(std::string_view media_type) {
  if (media_type == "application/vnd.amazon.eventstream") return std::make_unique<EventStreamReframer>();
  return nullptr;
}

}  // namespace aigw::adapters
