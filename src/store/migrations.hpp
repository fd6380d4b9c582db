#pragma once
// The schema's history: numbered steps with their sums, each in one transaction. docs/schema.md draws the result.

#include "base/error.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace SQLite {
class Database;
}

namespace aigw::store {

/// "AIGW": in the header of every database of ours.
constexpr std::int64_t kApplicationId = 0x41494757;

struct Migration {
  int number;
  std::string_view name;
  std::string_view sql;
};

std::span<const Migration> migrations();  ///< by number, from 1, without gaps

/// Those of `steps` that the database does not have yet.
/// @errors database when the file is newer than this program, or its history differs
Result<std::span<const Migration>> pending_migrations(SQLite::Database& db, std::span<const Migration> steps);

/// Brings the schema up to date, each step in a transaction of its own. @errors those of pending_migrations
Status migrate(SQLite::Database& db, std::span<const Migration> steps);

}  // namespace aigw::store
