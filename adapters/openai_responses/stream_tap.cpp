#include "adapters/openai_chat/codec.hpp"
#include "adapters/openai_responses/codec.hpp"
#include "base/text.hpp"
#include "llm/provider_error.hpp"

#include <charconv>

namespace aigw::adapters::openai_responses {
namespace {

/// The HTTP status that OpenAI gives to an error which came inside a stream.
int status_of_code(std::string_view code) {
  switch (llm::classify(0, {}, code, {})) {
    using Kind = llm::ProviderError::Kind;
    case Kind::rate:
    case Kind::quota:
      return 429;
    case Kind::overloaded:
      return 503;
    case Kind::context:
    case Kind::filter:
    case Kind::invalid:
    case Kind::malformed_tool:
      return 400;
    case Kind::server:
      return code == "server_error" ? 500 : 0;
    default:
      return 0;
  }
}

class ResponsesStreamTap final : public llm::StreamTap {
 public:
  llm::EventKind on_event(const http::SseEvent& event) override {
    using llm::EventKind;
    if (event.data.empty() || event.data == "[DONE]") return EventKind::notice;
    if (ended_) return EventKind::content;
    note_sequence(event.data);
    // OpenRouter sends no `event:` lines, and [DONE] at the end.
    std::string type(event.event);
    const bool is_delta = type.ends_with(".delta");
    if (is_delta) return EventKind::content;
    const json::View data = json::View::of(event.data);
    if (type.empty()) type = data["type"].string().value_or(data["error"] ? "error" : "");
    if (type == "error") return note_error(event.data, data);
    const bool opens = type == "response.created" || type == "response.in_progress" || type == "response.queued";
    const bool closes = type == "response.completed" || type == "response.incomplete" || type == "response.failed";
    if (!opens && !closes) return EventKind::content;
    const json::View response = data["response"];
    if (facts_.model_served.empty()) facts_.model_served = response["model"].string().value_or("");
    if (id_.empty()) {
      id_ = response["id"].string().value_or("");
      created_s_ = response["created_at"].integer().value_or(0);
    }
    if (opens) return EventKind::notice;
    if (auto usage = read_usage(response["usage"])) facts_.usage = usage;
    ended_ = true;
    if (type != "response.failed") return EventKind::closing;
    return failed_ ? EventKind::closing : note_error(event.data, response);
  }

  bool complete() const override { return ended_; }
  std::pair<std::string, int> error_body() const override { return {error_body_, status_of_code(facts_.error_type)}; }
  std::string heartbeat() const override { return ": hb\n\n"; }

  std::string error_event(const Error& error, std::string_view request_id) override {
    const std::string body = openai_chat_codec().encode_error(error, request_id);
    return failure_events({.sequence = next_sequence_,
                           .response_id = id_.empty() ? request_id : std::string_view(id_),
                           .model = facts_.model_served,
                           .created_s = created_s_,
                           .error = json::View::of(body)["error"].raw()});
  }

 private:
  void note_sequence(std::string_view data) {
    constexpr std::string_view kKey = "\"sequence_number\":";
    const auto at = text::find(data, kKey);
    if (at == std::string_view::npos) return;
    std::string_view digits = data.substr(at + kKey.size());
    digits.remove_prefix(std::min(digits.find_first_not_of(' '), digits.size()));
    std::int64_t number = 0;
    if (std::from_chars(digits.data(), digits.data() + digits.size(), number).ec == std::errc() && number >= 0 &&
        number < INT64_MAX)
      next_sequence_ = number + 1;
  }

  /// `holder` has `error` in it, as OpenAI sends it, or is the error, as its specification says.
  llm::EventKind note_error(std::string_view data, json::View holder) {
    json::View error = holder["error"];
    if (error.type() != json::Type::object) error = json::View::of(data);
    facts_.error_type = error["code"].string().value_or(error["type"].string().value_or("error"));
    failed_ = true;
    error_body_ = "{\"error\":" + std::string(error.raw()) + "}";
    return llm::EventKind::error;
  }

  bool failed_ = false;
  bool ended_ = false;
  std::int64_t next_sequence_ = 0;
  std::string id_;
  std::int64_t created_s_ = 0;
  std::string error_body_;
};

}  // namespace

std::unique_ptr<llm::StreamTap> make_stream_tap() { return std::make_unique<ResponsesStreamTap>(); }

}  // namespace aigw::adapters::openai_responses
