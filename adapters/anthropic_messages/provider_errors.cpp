#include "adapters/provider_errors.hpp"

#include "adapters/anthropic_messages/codec.hpp"
#include "adapters/anthropic_messages/parts.hpp"

namespace aigw::adapters::anthropic_messages {
namespace {

using Kind = llm::ProviderError::Kind;

std::string_view type_of(Kind kind) {
  switch (kind) {
    case Kind::auth:
      return "authentication_error";
    case Kind::permission:
      return "permission_error";
    case Kind::model_not_found:
    case Kind::not_found:
      return "not_found_error";
    case Kind::invalid:
    case Kind::context:
    case Kind::filter:
    case Kind::malformed_tool:
      return "invalid_request_error";
    case Kind::too_large:
      return "request_too_large";
    case Kind::rate:
      return "rate_limit_error";
    case Kind::quota:
      return "billing_error";
    case Kind::overloaded:
      return "overloaded_error";
    case Kind::timeout:
      return "timeout_error";
    case Kind::server:
    case Kind::malformed:
    case Kind::truncated:
      break;
  }
  return "api_error";
}

/// The words on which Claude Code (2.1.197) compacts its conversation, and the provider's own behind them.
std::string context_message(const llm::ProviderError& error) {
  if (error.message.starts_with("prompt is too long") || error.message.starts_with("input length and `max_tokens`"))
    return error.message;
  if (const auto parts = llm::context_parts(error.message))
    return "input length and `max_tokens` exceed context limit: " + std::to_string(parts->prompt) + " + " +
           std::to_string(parts->completion) + " > " + std::to_string(parts->allowed) + ". " + error.message;
  if (const auto numbers = llm::context_numbers(error.message))
    return "prompt is too long: " + std::to_string(numbers->first) + " tokens > " + std::to_string(numbers->second) +
           " maximum. " + error.message;
  return "prompt is too long. " + error.message;
}

}  // namespace

int status_of(const llm::ProviderError& error) {
  if (error.kind == Kind::overloaded) return 529;
  if (error.kind == Kind::quota) return error.status == 429 ? 429 : 402;
  return usual_status(error);
}

std::string encode_error(const llm::ProviderError& error, std::string_view request_id) {
  std::string text;
  json::Writer out(text);
  out.begin_object().member("type", "error").key("error").begin_object();
  out.member("type", type_of(error.kind));
  out.member("message", error.kind == Kind::context ? context_message(error) : error.message);
  out.end_object().member("request_id", request_id).end_object();
  return text;
}

llm::ProviderError decode_error(int status, std::string_view body, const http::Headers& headers) {
  llm::ProviderError error = read_provider_error(status, body, headers);
  if (error.status == 0) error.status = status_of_type(error.type);
  if (status == 0 && error.status != 0) error.kind = llm::classify(error.status, error.type, error.code, error.message);
  return error;
}

}  // namespace aigw::adapters::anthropic_messages
