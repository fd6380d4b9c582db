#pragma once
// Reads an object's members by a table of their names: each name in both spellings, each member once. Only for this
// folder.

#include "adapters/gemini_generate/names.hpp"
#include "adapters/request_fields.hpp"
#include "adapters/translation.hpp"
#include "llm/loss.hpp"

#include <array>
#include <bitset>
#include <string_view>

namespace aigw::adapters::gemini_generate {

/// What `Reader` does with a member of that name.
template <class Reader>
struct MemberRow {
  std::string_view name;  ///< camelCase
  Status (Reader::*read)(json::View);
};

/// Reads members one after the other. null is absent; a member without a row is a loss under `path`.
template <class Reader, std::size_t N>
class MemberTable {
 public:
  MemberTable(Reader& reader, const std::array<MemberRow<Reader>, N>& rows, std::string_view path, llm::Losses& losses)
      : reader_(reader), rows_(rows), path_(path), losses_(losses) {}

  Status read(std::string_view name, json::View value) {
    for (std::size_t i = 0; i < N; ++i) {
      if (!is_named(name, rows_[i].name)) continue;
      if (seen_[i]) return bad_field(at(path_, name), "stands there in both spellings: keep one");
      seen_[i] = true;
      return value.is_null() ? Status{} : (reader_.*rows_[i].read)(value);
    }
    if (!value.is_null()) losses_.add(at(path_, name), "unknown member");
    return {};
  }

 private:
  Reader& reader_;
  const std::array<MemberRow<Reader>, N>& rows_;
  std::string_view path_;
  llm::Losses& losses_;
  std::bitset<N> seen_;
};

template <class Reader, std::size_t N>
Status read_members(Reader& reader, json::View object, std::string_view path,
                    const std::array<MemberRow<Reader>, N>& rows, llm::Losses& losses) {
  if (object.type() != json::Type::object) return bad_field(path, "must be an object");
  MemberTable<Reader, N> table(reader, rows, path, losses);
  Status status;
  object.each_member([&](std::string_view name, json::View value) {
    if (status) status = table.read(name, value);
  });
  return status;
}

/// The member in either spelling.
inline json::View either(json::View object, std::string_view camel) {
  json::View found;
  object.each_member([&](std::string_view name, json::View value) {
    if (!found && is_named(name, camel)) found = value;
  });
  return found;
}

/// Calls `visit` for each element, or for the one object that stands there without its list.
template <class F>
void each_or_only(json::View list, F&& visit) {
  if (list.type() == json::Type::array)
    list.each(visit);
  else
    visit(list);
}

/// Proto JSON writes 64-bit integers as text, and `40.0` is one too.
inline std::optional<std::int64_t> read_integer(json::View value) {
  if (const auto text = value.string()) return json::as_integer(*text);
  if (const auto integer = value.integer()) return integer;
  const auto number = value.number();
  if (!number || *number != static_cast<double>(static_cast<std::int64_t>(*number))) return std::nullopt;
  return static_cast<std::int64_t>(*number);
}

}  // namespace aigw::adapters::gemini_generate
