#include "adapters/gemini_generate/codec.hpp"
#include "base/text.hpp"

namespace aigw::adapters::gemini_generate {
namespace {

using Framing = llm::RequestFacts::Framing;

class GenerateStreamTap final : public llm::StreamTap {
 public:
  explicit GenerateStreamTap(Framing framing) : framing_(framing) {}

  llm::EventKind on_event(const http::SseEvent& event) override {
    using llm::EventKind;
    if (event.data.empty()) return framing_ == Framing::json_array ? on_bracket(event.raw) : EventKind::notice;
    any_element_ = true;
    const json::View object = json::View::of(event.data);
    if (facts_.model_served.empty()) facts_.model_served = object["modelVersion"].string().value_or("");
    // The last counts hold as a whole: earlier ones may count what later ones leave out.
    if (text::contains(event.data, "TokenCount\""))
      if (const auto usage = read_usage(object["usageMetadata"])) facts_.usage = usage;
    if (text::contains(event.data, "\"error\"")) {
      if (const json::View error = object["error"]; error.type() == json::Type::object) {
        note_error(event.data, error);
        return EventKind::error;
      }
    }
    if (text::contains(event.data, "\"finishReason\"") || text::contains(event.data, "\"blockReason\""))
      note_finish(object);
    return EventKind::content;
  }

  bool complete() const override { return finished_; }
  std::pair<std::string, int> error_body() const override { return {error_body_, error_status_}; }
  /// Google's SDKs for Python raise on comments and on `event:` lines; a blank line passes everywhere.
  std::string heartbeat() const override { return "\r\n"; }
  Framing framing() const override { return framing_; }

  std::string error_event(const Error& error, std::string_view request_id) override {
    if (framing_ == Framing::sse || closed_) return {};
    return (any_element_ ? ",\r\n" : "[") + gemini_generate_codec().encode_error(error, request_id) + "]";
  }

 private:
  llm::EventKind on_bracket(std::string_view raw) {
    if (!raw.ends_with(']')) return llm::EventKind::notice;
    closed_ = true;
    return llm::EventKind::closing;
  }

  void note_finish(json::View object) {
    object["candidates"].each([this](json::View candidate) {
      if (candidate["finishReason"].type() == json::Type::string) finished_ = true;
    });
    if (object["promptFeedback"]["blockReason"].type() == json::Type::string) finished_ = true;
  }

  void note_error(std::string_view data, json::View error) {
    facts_.error_type = error["status"].string().value_or("error");
    error_body_ = std::string(data);
    if (const auto code = error["code"].integer(); code && *code >= 400 && *code < 600)
      error_status_ = static_cast<int>(*code);
  }

  const Framing framing_;
  bool any_element_ = false;
  bool closed_ = false;
  bool finished_ = false;
  std::string error_body_;
  int error_status_ = 0;
};

}  // namespace

std::unique_ptr<llm::StreamTap> make_stream_tap(Framing framing) {
  return std::make_unique<GenerateStreamTap>(framing);
}

}  // namespace aigw::adapters::gemini_generate
