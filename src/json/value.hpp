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
std::optional<bool> as_boolean(std::string_view raw);

/// The first element of an array; nothing for an empty array and for other types.
std::optional<std::string_view> first_element(std::string_view raw_array);
/// True for the empty array, false for anything that is no array.
bool all_elements_are(std::string_view raw_array, Type type);

/// Whether the text between the quotes of a key or string, as written, says `decoded`: `mod\u0065l` says `model`.
bool says(std::string_view written, std::string_view decoded);

}  // namespace aigw::json
