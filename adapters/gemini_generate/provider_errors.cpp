#include "adapters/provider_errors.hpp"

#include "adapters/gemini_generate/codec.hpp"
#include "adapters/gemini_generate/parts.hpp"

namespace aigw::adapters::gemini_generate {

using Kind = llm::ProviderError::Kind;

int status_of(const llm::ProviderError& error) {
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

std::string encode_error(const llm::ProviderError& error) {
  return encode_rpc_error({.http_status = status_of(error),
                           .message = error.message,
                           .reason = error.code,
                           .field = error.param,
                           .retry_after_ms = error.retry_after_ms.value_or(0),
                           .is_daily_quota = error.kind == Kind::quota});
}

llm::ProviderError decode_error(int status, std::string_view body, const http::Headers& headers) {
  return read_provider_error(status, body, headers);
}

}  // namespace aigw::adapters::gemini_generate
