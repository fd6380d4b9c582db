#include "json/splice.hpp"

#include "json/writer.hpp"

#include <algorithm>

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

void remove_members(const Object& object, std::span<const std::string_view> keys, std::vector<Edit>& edits) {
  const auto members = object.members();
  const auto goes = [&](const Member& member) {
    return std::ranges::any_of(keys, [&](std::string_view key) { return object.find(key) == &member; });
  };
  const auto begin_of = [&](const Member& member) {
    return static_cast<std::size_t>(member.key.data() - object.text().data()) - 1;
  };
  const auto end_of = [](const Member& member) { return member.value_offset + member.value.size(); };
  std::size_t last_left = members.size();  // one behind the last that stays: what follows goes with the comma before
  while (last_left > 0 && goes(members[last_left - 1])) --last_left;
  for (std::size_t i = 0; i + 1 < last_left; ++i)
    if (goes(members[i])) {
      const std::size_t begin = begin_of(members[i]);
      edits.push_back({.offset = begin, .erase = begin_of(members[i + 1]) - begin, .insert = {}});
    }
  if (last_left == members.size()) return;
  const std::size_t begin = last_left > 0 ? end_of(members[last_left - 1]) : object.open_offset() + 1;
  edits.push_back({.offset = begin, .erase = end_of(members.back()) - begin, .insert = {}});
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
