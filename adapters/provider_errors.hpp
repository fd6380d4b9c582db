#pragma once
// Errors of providers, in whatever shape they come: hosts of one dialect answer in another's, in HTML, in nothing.
// Pure.

#include "http/headers.hpp"
#include "json/view.hpp"
#include "llm/provider_error.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace aigw::adapters {

/// Of an answer with an error status, or of a 200 with an error inside (`status` 0 then, or in a stream). Understands
/// `{"error":{..}}` of all dialects, an array around it, `{"error":"text"}`, `{"message":..}`, `{"detail":..}`, text.
llm::ProviderError read_provider_error(int status, std::string_view body, const http::Headers& headers);
/// The same for an event's data.
llm::ProviderError read_stream_error(std::string_view data);

/// The status that most dialects have for it.
int usual_status(const llm::ProviderError& error);

/// How long to wait: the header fields, or "try again in 1.5s" and the like; nothing over an hour.
std::optional<std::int64_t> retry_after_ms(const http::Headers& headers, std::string_view message);

}  // namespace aigw::adapters
