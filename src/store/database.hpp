#pragma once
// One connection to the database file, opened with the settings that the design asks for and checked to be ours.
// One thread at a time.

#include "base/error.hpp"
#include "store/migrations.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <utility>

namespace SQLite {
class Database;
}

namespace aigw::store {

class Database {
 public:
  enum class Mode : std::uint8_t {
    write,      ///< makes the file (0600) and brings its schema up to date, a backup first; only under the FileLock
    read_only,  ///< never changes, checkpoints or makes anything
    inspect,    ///< read_only, whatever the schema's version; even where nothing can be written beside the file
  };

  /// @errors not_found when there is no file to read; database when it is not ours, damaged, of a newer aigw, or a
  ///         file of no bytes beside a -wal (what is left of a lost database is never overwritten)
  static Result<Database> open(const std::filesystem::path& file, Mode mode,
                               std::span<const Migration> steps = migrations());

  Database(Database&&) noexcept;
  Database& operator=(Database&&) noexcept;
  ~Database();

  const std::filesystem::path& file() const { return file_; }
  /// 32 hex digits, made with the file: its journal's segments carry it.
  const std::string& uuid() const { return uuid_; }
  /// Of `migrations()`, those that the file does not have yet. @errors those of pending_migrations
  Result<std::span<const Migration>> pending() const { return pending_migrations(*connection_, migrations()); }
  /// The copy that was made before this opening changed the schema; empty when it changed nothing.
  const std::filesystem::path& backup_made() const { return backup_made_; }
  /// For src/store alone.
  SQLite::Database& raw() const { return *connection_; }

 private:
  Database(std::filesystem::path file, std::unique_ptr<SQLite::Database> connection);

  std::filesystem::path file_;
  std::string uuid_;
  std::filesystem::path backup_made_;
  std::unique_ptr<SQLite::Database> connection_;
};

/// A read transaction: what several reads see is of one moment. Ends when it goes.
class ReadMoment {
 public:
  static Result<ReadMoment> begin(Database& db);
  ReadMoment(ReadMoment&& other) noexcept : db_(std::exchange(other.db_, nullptr)) {}
  ReadMoment& operator=(ReadMoment&&) = delete;
  ~ReadMoment();

 private:
  ReadMoment() = default;
  explicit ReadMoment(Database& db) : db_(&db) {}
  Database* db_ = nullptr;
};

}  // namespace aigw::store
