#pragma once
// Edits of a JSON text that leave every other byte as it was: order, spaces, big integers and `1.0` survive. Pure
// functions; any thread.

#include "json/scan.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aigw::json {

/// At `offset` of the old text, `erase` bytes go and `insert` comes.
struct Edit {
  std::size_t offset = 0;
  std::size_t erase = 0;
  std::string insert;
};

/// @pre `edits` are sorted by offset and do not overlap
std::string apply(std::string_view text, std::span<const Edit> edits);

Edit replace_value(const Member& member, std::string_view new_json);
/// `,"key":value` directly behind the last value, or `"key":value` behind the `{` of an empty object.
/// @pre the object has no such key
Edit add_member(const Object& object, std::string_view key, std::string_view value_json);

/// Takes these members out, each with its comma; those that are not there do not matter.
void remove_members(const Object& object, std::span<const std::string_view> keys, std::vector<Edit>& edits);

/// A JSON string literal. Invalid UTF-8 becomes U+FFFD.
std::string quote(std::string_view text);

}  // namespace aigw::json
