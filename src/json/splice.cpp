#include "json/splice.hpp"

#include "json/writer.hpp"

namespace aigw::json {

std::string apply(std::string_view text, std::span<const Edit> edits) {
  std::size_t size = text.size();
  for (const Edit& edit : edits) size += edit.insert.size() - edit.erase;
  std::string out;
  out.reserve(size);
  std::size_t at = 0;
  for (const Edit& edit : edits) {
    out.append(text.substr(at, edit.offset - at)).append(edit.insert);
    at = edit.offset + edit.erase;
  }
  out.append(text.substr(at));
  return out;
}

Edit replace_value(const Member& member, std::string_view new_json) {
  return {.offset = member.value_offset, .erase = member.value.size(), .insert = std::string(new_json)};
}

Edit add_member(const Object& object, std::string_view key, std::string_view value_json) {
  const bool empty = object.members().empty();
  Edit edit;
  edit.offset = object.open_offset() + 1;
  if (!empty) edit.offset = object.members().back().value_offset + object.members().back().value.size();
  if (!empty) edit.insert.push_back(',');
  edit.insert.append(quote(key)).append(":").append(value_json);
  return edit;
}

std::string quote(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 2);
  out += '"';
  append_escaped(out, text);
  out += '"';
  return out;
}

}  // namespace aigw::json
