#pragma once
// The door to SQLite: its exceptions become Errors here. For src/store alone.

#include "base/error.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>
#include <SQLiteCpp/Statement.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace aigw::store {

/// conflict for a name that is taken; overloaded for a locked database or a full disk; else database.
Error sqlite_error(std::string_view doing, int extended_code, std::string_view message);

/// Opens a file that nobody writes without making a -wal or -shm beside it.
std::string immutable_uri(std::string_view file);

/// `doing` completes "cannot ...". Runs `body` and turns what SQLite throws into an Error.
template <class Body>
auto guarded(std::string_view doing, Body&& body) -> std::invoke_result_t<Body&> {
  try {
    return body();
  } catch (const SQLite::Exception& thrown) {
    return sqlite_error(doing, thrown.getExtendedErrorCode(), thrown.what());
  }
}

inline std::string text_of(const SQLite::Statement& row, int column) {
  return const_cast<SQLite::Statement&>(row).getColumn(column).getString();
}
inline std::int64_t int_of(const SQLite::Statement& row, int column) {
  return const_cast<SQLite::Statement&>(row).getColumn(column).getInt64();
}
inline std::optional<std::int64_t> maybe_int_of(const SQLite::Statement& row, int column) {
  if (row.isColumnNull(column)) return std::nullopt;
  return int_of(row, column);
}

inline void bind_maybe(SQLite::Statement& statement, int parameter, std::optional<std::int64_t> value) {
  if (value) {
    statement.bind(parameter, *value);
  } else {
    statement.bind(parameter);
  }
}
/// SQLiteCpp takes no string_view.
inline void bind_text(SQLite::Statement& statement, int parameter, std::string_view text) {
  statement.bind(parameter, std::string(text));
}

}  // namespace aigw::store
