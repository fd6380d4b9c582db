#pragma once
// UTF-8 checks. The only door to simdjson. Pure; any thread.

#include <cstddef>
#include <string_view>

namespace aigw::json {

bool is_utf8(std::string_view text);
/// The first byte that is no valid UTF-8, size() when all is valid. Slow: for messages.
std::size_t utf8_error_offset(std::string_view text);
/// The length of the valid sequence that begins at `at`, 0 when none does. @pre at < size
std::size_t utf8_sequence(std::string_view text, std::size_t at);

}  // namespace aigw::json
