#pragma once
// Copies a table row by row out of a database whose pages may be damaged. For `salvage` alone; one thread. They throw
// as SQLite does when the database written to fails.

#include "base/error.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace SQLite {
class Database;
}

namespace aigw::store {

/// Ours, in the order in which they were made.
std::vector<std::string> tables_of(SQLite::Database& db);

struct CopiedTable {
  std::int64_t rows = 0;
  bool whole = true;
};

/// The columns that both have. Behind a page that cannot be read it goes on with the next row that can. A row of the
/// same key in `to` stays, but for settings, where it is replaced.
/// @errors when `to` cannot be written
Result<CopiedTable> copy_table(SQLite::Database& from, SQLite::Database& to, const std::string& table);

}  // namespace aigw::store
