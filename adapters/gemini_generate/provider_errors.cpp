#include "adapters/provider_errors.hpp"

#include "adapters/gemini_generate/codec.hpp"
#include "adapters/gemini_generate/parts.hpp"

namespace aigw::adapters::gemini_generate {

int status_of(const llm::ProviderError& error) { return usual_status(error); }

std::string encode_error(const llm::ProviderError& error) {
  return encode_rpc_error({.http_status = status_of(error),
                           .message = error.message,
                           .reason = error.code,
                           .field = error.param,
                           .retry_after_ms = error.retry_after_ms.value_or(0),
                           .is_daily_quota = error.kind == llm::ProviderError::Kind::quota});
}

llm::ProviderError decode_error(int status, std::string_view body, const http::Headers& headers) {
  return read_provider_error(status, body, headers);
}

}  // namespace aigw::adapters::gemini_generate
