#include "adapters/provider_errors.hpp"

#include "adapters/openai_chat/parts.hpp"

namespace aigw::adapters::openai_chat {
namespace {

using Kind = llm::ProviderError::Kind;

struct Words {
  int status;
  std::string_view type;
  std::string_view code;  ///< empty: the provider's own
};

Words words_of(Kind kind) {
  switch (kind) {
    case Kind::auth:
      return {401, "invalid_request_error", "invalid_api_key"};
    case Kind::permission:
      return {403, "invalid_request_error", "permission_denied"};
    case Kind::model_not_found:
      return {404, "invalid_request_error", "model_not_found"};
    case Kind::not_found:
      return {404, "invalid_request_error", "not_found"};
    case Kind::invalid:
      return {400, "invalid_request_error", ""};
    case Kind::context:
      return {400, "invalid_request_error", "context_length_exceeded"};
    case Kind::too_large:
      return {413, "invalid_request_error", "request_too_large"};
    case Kind::filter:
      return {400, "invalid_request_error", "content_filter"};
    case Kind::malformed_tool:
      return {400, "invalid_request_error", "tool_use_failed"};
    case Kind::rate:
      return {429, "requests", "rate_limit_exceeded"};
    case Kind::quota:
      return {429, "insufficient_quota", "insufficient_quota"};
    case Kind::overloaded:
      return {503, "server_error", "server_is_overloaded"};
    case Kind::timeout:
      return {504, "server_error", "timeout"};
    case Kind::malformed:
      return {502, "server_error", "upstream_malformed"};
    case Kind::truncated:
      return {502, "server_error", "upstream_truncated"};
    case Kind::server:
      break;
  }
  return {500, "server_error", "server_error"};
}

void write_or_null(json::Writer& out, std::string_view name, std::string_view text) {
  out.key(name);
  if (text.empty())
    out.null();
  else
    out.string(text);
}

}  // namespace

llm::ProviderError decode_error(int status, std::string_view body, const http::Headers& headers) {
  return read_provider_error(status, body, headers);
}

std::string encode_error(const llm::ProviderError& error) {
  const Words words = words_of(error.kind);
  std::string text;
  json::Writer out(text);
  out.begin_object().key("error").begin_object();
  out.member("message", error.message).member("type", words.type);
  write_or_null(out, "param", error.param);
  write_or_null(out, "code", words.code.empty() ? std::string_view(error.code) : words.code);
  out.end_object().end_object();
  return text;
}

int status_of(const llm::ProviderError& error) {
  const int status = words_of(error.kind).status;
  // Another number of the same class is the provider's to choose.
  const bool is_plain = error.kind == Kind::invalid || error.kind == Kind::server;
  const bool fits = error.status / 100 == status / 100 && error.status < 520;
  return is_plain && fits ? error.status : status;
}

}  // namespace aigw::adapters::openai_chat
