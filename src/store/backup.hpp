#pragma once
// A consistent copy of the database in one file, without a -wal beside it. Reads within one transaction, so others go
// on reading and writing meanwhile.

#include "base/error.hpp"

#include <cstdint>
#include <filesystem>
#include <string>

namespace SQLite {
class Database;
}

namespace aigw::store {

class Database;

struct Backup {
  std::filesystem::path file;
  std::int64_t bytes = 0;
  std::int64_t requests = 0;  ///< rows in it
};

/// Copies what `from` sees into a new file (0600), reads the copy back to verify it, syncs it, and only then gives it
/// its name. Outside of a transaction.
/// @errors conflict when `to` exists; overloaded when the disk is full; database when the source is damaged. No file
///         is left behind then.
Result<Backup> back_up(const Database& from, const std::filesystem::path& to);

/// The copy that is kept before the schema changes: "<db>.v1-20261126T033000Z.backup". Of each schema version the
/// newest stays, and of those the newest three.
Result<Backup> back_up_before_migration(SQLite::Database& db, const std::filesystem::path& file, std::int64_t version);

}  // namespace aigw::store
