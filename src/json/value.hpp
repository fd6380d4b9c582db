#pragma once
// Questions to the raw text of one JSON value, as scan_object cut it out. Pure functions; any thread. They never read
// past the view, whatever it holds.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aigw::json {

enum class Type : std::uint8_t { null, boolean, number, string, array, object };

/// Told by the first character; a text that begins no value is `null`.
Type type_of(std::string_view raw);

/// The unescaped text of a string; nothing for other types and for broken escapes. Lone surrogates become U+FFFD.
std::optional<std::string> as_string(std::string_view raw);
/// Integral text only: "1.0", "1e3" and what leaves 63 bits are none.
std::optional<std::int64_t> as_integer(std::string_view raw);
/// Any finite number.
std::optional<double> as_number(std::string_view raw);
std::optional<bool> as_boolean(std::string_view raw);

/// The first element of an array; nothing for an empty array and for other types.
std::optional<std::string_view> first_element(std::string_view raw_array);

bool says_with_escapes(std::string_view written, std::string_view decoded);  ///< the slow half of `says`

/// Whether the text between the quotes of a key or string, as written, says `decoded`: `mod\u0065l` says `model`.
inline bool says(std::string_view written, std::string_view decoded) {
  // Almost always it is written plainly: told by the length and the bytes alone. An escape only makes it longer.
  if (written.size() < decoded.size()) return false;
  if (!decoded.empty() && written.front() != decoded.front() && written.front() != '\\') return false;
  if (written.size() == decoded.size()) return written == decoded && decoded.find('\\') == std::string_view::npos;
  return says_with_escapes(written, decoded);
}

}  // namespace aigw::json
