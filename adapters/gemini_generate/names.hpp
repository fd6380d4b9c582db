#pragma once
// Proto JSON takes every member in two spellings, `maxOutputTokens` and `max_output_tokens`, mixed as clients like.

#include "json/scan.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace aigw::adapters::gemini_generate {

/// Whether a member's name as written is `camel` in either spelling.
bool is_named(std::string_view written, std::string_view camel);

/// The second spelling of a member that is there in both; nothing when there is none.
std::optional<std::string> spelled_twice(const json::Object& object);

}  // namespace aigw::adapters::gemini_generate
