#include "adapters/provider_errors.hpp"

#include "base/text.hpp"
#include "http/message.hpp"

#include <array>
#include <charconv>
#include <cmath>

namespace aigw::adapters {
namespace {

using json::Type;
using json::View;

constexpr std::int64_t kWaitMsMax = 3'600'000;
constexpr std::size_t kBodyBytesShown = 500;

std::optional<std::int64_t> sane_ms(double ms) {
  if (!(ms > 0) || ms > static_cast<double>(kWaitMsMax)) return std::nullopt;
  return static_cast<std::int64_t>(std::ceil(ms));
}

std::optional<double> leading_number(std::string_view& text) {
  double value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

/// "1.5s" "28ms" "35 seconds" "1m12.5s" "2 minutes", as milliseconds; what follows does not matter.
std::optional<std::int64_t> leading_duration_ms(std::string_view text) {
  double ms = 0;
  bool any = false;
  while (const auto number = leading_number(text)) {
    std::string_view unit = text;
    while (unit.starts_with(' ')) unit.remove_prefix(1);
    if (unit.starts_with("ms") || unit.starts_with("milli"))
      ms += *number;
    else if (unit.starts_with("m"))
      ms += *number * 60'000;
    else if (unit.starts_with("s"))
      ms += *number * 1'000;
    else if (unit.starts_with("h"))
      ms += *number * 3'600'000;
    else
      break;
    any = true;
    unit.remove_prefix(unit.starts_with("ms") ? 2 : 1);
    text = unit;
  }
  return any ? sane_ms(ms) : std::nullopt;
}

/// Text, or a number as its text: OpenRouter and Perplexity write codes as numbers.
std::string words_of(View view) {
  if (view.type() == Type::number) return std::string(view.raw());
  return view.string().value_or("");
}

/// What Google says beside the message.
void read_details(View details, llm::ProviderError& error) {
  details.each([&](View detail) {
    if (const auto reason = detail["reason"].string()) error.code = *reason;
    if (const auto delay = detail["retryDelay"].string()) error.retry_after_ms = leading_duration_ms(*delay);
    detail["violations"].each([&](View violation) {
      if (const auto quota = violation["quotaId"].string(); quota && error.code.empty()) error.code = *quota;
    });
  });
}

void read_error_object(View object, llm::ProviderError& error) {
  const auto [message, type, code, param, status, status_code, details] = object.members(
      std::array<std::string_view, 7>{"message", "type", "code", "param", "status", "status_code", "details"});
  error.message = message.string().value_or("");
  error.type = words_of(type);
  error.code = words_of(code);
  error.param = param.string().value_or("");
  if (const auto word = status.string(); word && error.type.empty()) error.type = *word;
  for (const View number : {status_code, code})
    if (const auto value = number.integer(); error.status == 0 && value && *value >= 400 && *value < 600)
      error.status = static_cast<int>(*value);
  if (details.type() == Type::array) {
    if (code.type() == Type::number) error.code.clear();
    read_details(details, error);
  } else if (const auto word = details["error_code"].string()) {
    error.code = *word;
  }
}

void read_body(View body, llm::ProviderError& error) {
  if (body.type() == Type::array) body = View::of(json::first_element(body.raw()).value_or(""));
  if (body.type() != Type::object) return;
  if (const View wrapped = body["response"]; wrapped["error"]) body = wrapped;
  const View inner = body["error"];
  if (inner.type() == Type::object) {
    read_error_object(inner, error);
  } else {
    read_error_object(body, error);
    if (inner.type() == Type::string) error.message = inner.string().value_or("");
  }
  if (!error.message.empty()) return;
  if (const auto text = body["message"].string()) error.message = *text;
  if (!error.message.empty()) return;
  const View detail = body["detail"];
  if (detail.type() == Type::array)
    error.message = View::of(json::first_element(detail.raw()).value_or(""))["msg"].string().value_or("");
  else
    error.message = detail.string().value_or("");
}

llm::ProviderError read(int status, std::string_view body) {
  llm::ProviderError error{.status = status};
  read_body(View::of(body), error);
  if (error.message.empty()) error.message = text::trim(body.substr(0, kBodyBytesShown));
  if (error.message.empty())
    error.message = error.status > 0 ? std::string(http::reason_phrase(error.status)) : "no message";
  error.kind = llm::classify(error.status, error.type, error.code, error.message);
  return error;
}

}  // namespace

llm::ProviderError read_provider_error(int status, std::string_view body, const http::Headers& headers) {
  llm::ProviderError error = read(status, body);
  if (const auto exception = headers.get("x-amzn-errortype"); exception && error.type.empty()) {
    error.type = exception->substr(0, exception->find(':'));  // a URL of theirs may follow
    error.kind = llm::classify(error.status, error.type, error.code, error.message);
  }
  if (!error.retry_after_ms) error.retry_after_ms = retry_after_ms(headers, error.message);
  return error;
}

llm::ProviderError read_stream_error(std::string_view data) { return read_provider_error(0, data, {}); }

std::optional<std::int64_t> retry_after_ms(const http::Headers& headers, std::string_view message) {
  if (auto field = headers.get("retry-after-ms"))
    if (const auto number = leading_number(*field))
      if (const auto ms = sane_ms(*number)) return ms;
  if (auto field = headers.get("retry-after"))
    if (const auto number = leading_number(*field); number && field->empty())
      if (const auto ms = sane_ms(*number * 1'000)) return ms;
  const std::string lower = text::to_lower(message.substr(0, 4096));
  for (const std::string_view words : {"try again in ", "retry in "})
    if (const auto at = lower.find(words); at != std::string::npos)
      if (const auto ms = leading_duration_ms(std::string_view(lower).substr(at + words.size()))) return ms;
  return std::nullopt;
}

int usual_status(const llm::ProviderError& error) {
  using Kind = llm::ProviderError::Kind;
  switch (error.kind) {
    case Kind::auth:
      return 401;
    case Kind::permission:
      return 403;
    case Kind::model_not_found:
    case Kind::not_found:
      return 404;
    case Kind::invalid:
      return error.status == 409 || error.status == 422 ? error.status : 400;
    case Kind::context:
    case Kind::filter:
    case Kind::malformed_tool:
      return 400;
    case Kind::too_large:
      return 413;
    case Kind::rate:
    case Kind::quota:
      return 429;
    case Kind::overloaded:
      return 503;
    case Kind::timeout:
      return 504;
    case Kind::server:
      return error.status == 0 ? 502 : 500;
    case Kind::malformed:
    case Kind::truncated:
      break;
  }
  return 502;
}

}  // namespace aigw::adapters
