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

/// Brings the schema up to date. @errors database when the file is newer than this program, or its history differs
Status migrate(SQLite::Database& db, std::span<const Migration> steps);

}  // namespace aigw::store
