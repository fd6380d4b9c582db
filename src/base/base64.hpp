#pragma once
// Base64 (RFC 4648). Pure; any thread.

#include <optional>
#include <string>
#include <string_view>

namespace aigw::base64 {

std::string encode(std::string_view bytes);      ///< standard alphabet, padded
std::string encode_url(std::string_view bytes);  ///< URL-safe alphabet, no padding
/// Either alphabet, with any padding or none; nothing for other characters and impossible lengths.
std::optional<std::string> decode(std::string_view text);

}  // namespace aigw::base64
