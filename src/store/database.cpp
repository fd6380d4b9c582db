#include "store/database.hpp"

#include "base/files.hpp"
#include "base/log.hpp"
#include "store/backup.hpp"
#include "store/door.hpp"

#include <sqlite3.h>

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <system_error>

namespace aigw::store {
namespace fs = std::filesystem;
namespace {

constexpr int kBusyMs = 5000;
constexpr int kWalBytesKept = 64 << 20;

std::uintmax_t size_of(const fs::path& file) {
  std::error_code code;
  const auto size = fs::file_size(file, code);
  return code ? 0 : size;
}

Status refuse_lost_database(const fs::path& file) {
  std::error_code code;
  fs::path wal = file;
  wal += "-wal";
  if ((fs::exists(file, code) && size_of(file) > 0) || size_of(wal) == 0) return {};
  return make_error(
      ErrorKind::database, file.string() + " is missing or empty, but " + wal.string() + " still holds data of it",
      "Restore the database from a backup, or move the -wal file away to start anew; nothing was changed");
}

/// SQLite would make it with the umask's mode, and gives its -wal and -shm the same.
Status make_private_file(const fs::path& file) {
  if (file.has_parent_path()) {
    std::error_code code;
    if (!fs::exists(file.parent_path(), code)) AIGW_TRY(files::make_private_dir(file.parent_path()));
  }
  const files::Handle handle(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (!handle) return files::system_error("open", file, errno);
  struct stat facts {};
  if (::fstat(handle.get(), &facts) == 0 && (facts.st_mode & 077) != 0 &&
      ::fchmod(handle.get(), S_IRUSR | S_IWUSR) != 0)
    return files::system_error("make private", file, errno);
  return {};
}

/// Before anything is set: another program's database is not even touched.
Status check_is_ours(SQLite::Database& db, const fs::path& file, Database::Mode mode,
                     std::span<const Migration> steps) {
  const std::int64_t application = db.execAndGet("PRAGMA application_id").getInt64();
  const std::int64_t version = db.execAndGet("PRAGMA user_version").getInt64();
  const bool blank =
      application == 0 && version == 0 && db.execAndGet("SELECT count(*) FROM sqlite_schema").getInt64() == 0;
  if (application != kApplicationId && !blank)
    return make_error(ErrorKind::database, file.string() + " is another program's database",
                      "Choose another file with --db; nothing was changed");
  if (mode == Database::Mode::write) return {};
  const auto known = static_cast<std::int64_t>(steps.size());
  if (blank)
    return make_error(ErrorKind::not_found, file.string() + " is empty",
                      "Start `aigw serve` once to make the database");
  if (version > known)
    return make_error(ErrorKind::database,
                      file.string() + " has schema version " + std::to_string(version) + ", this aigw knows up to " +
                          std::to_string(known),
                      "Use a newer aigw; nothing was changed");
  if (version < known && mode == Database::Mode::read_only)
    return make_error(ErrorKind::database,
                      file.string() + " is of an older aigw (schema version " + std::to_string(version) + ")",
                      "Run `aigw db migrate`, or start `aigw serve`: they bring it up to date");
  return {};
}

void settle_in(SQLite::Database& db, Database::Mode mode) {
  sqlite3* const handle = db.getHandle();
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  db.exec("PRAGMA foreign_keys = ON");
  if (mode != Database::Mode::write) {
    // One connection checkpoints (SQLite up to 3.51.2 can lose commits otherwise): not a reader that closes.
    sqlite3_db_config(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    return;
  }
  db.execAndGet("PRAGMA journal_mode = WAL");
  db.exec("PRAGMA synchronous = NORMAL");
  db.execAndGet("PRAGMA wal_autocheckpoint = 0");
  db.execAndGet("PRAGMA journal_size_limit = " + std::to_string(kWalBytesKept));
}

/// Returns the copy that was made first.
Result<fs::path> bring_up_to_date(SQLite::Database& db, const fs::path& file, std::span<const Migration> steps) {
  AIGW_TRY_ASSIGN(const auto pending, pending_migrations(db, steps));
  if (pending.empty()) return fs::path();
  const std::int64_t version = pending.front().number - 1;
  if (version == 0) {
    AIGW_TRY(migrate(db, steps));
    return fs::path();
  }
  AIGW_TRY_ASSIGN(const Backup backup, back_up_before_migration(db, file, version));
  log::info("schema_changes", {{"from", version}, {"to", pending.back().number}, {"backup", backup.file.string()}});
  AIGW_TRY(migrate(db, steps));
  return backup.file;
}

/// Where the folder is read-only no -shm can be made: without a -wal that holds anything the file is all there is.
Result<std::unique_ptr<SQLite::Database>> open_alone(const fs::path& file) {
  fs::path wal = file;
  wal += "-wal";
  if (size_of(wal) > 0)
    return make_error(ErrorKind::database, "cannot read " + wal.string() + " where nothing can be written",
                      "Copy the database with its -wal to a folder that can be written to, and name it with --db");
  auto db = std::make_unique<SQLite::Database>(immutable_uri(file.string()),
                                               SQLite::OPEN_READONLY | SQLite::OPEN_URI | SQLite::OPEN_NOMUTEX);
  db->execAndGet("PRAGMA application_id");
  return db;
}

Result<std::unique_ptr<SQLite::Database>> connect(const fs::path& file, Database::Mode mode) {
  const int flags = mode == Database::Mode::write ? SQLite::OPEN_READWRITE : SQLite::OPEN_READONLY;
  try {
    auto db = std::make_unique<SQLite::Database>(file.string(), flags | SQLite::OPEN_NOMUTEX, kBusyMs);
    db->execAndGet("PRAGMA application_id");
    return db;
  } catch (const SQLite::Exception& thrown) {
    const int code = thrown.getErrorCode();
    if (mode != Database::Mode::inspect || (code != SQLITE_CANTOPEN && code != SQLITE_READONLY)) throw;
  }
  return open_alone(file);
}

}  // namespace

Database::Database(fs::path file, std::unique_ptr<SQLite::Database> connection)
    : file_(std::move(file)), connection_(std::move(connection)) {}
Database::Database(Database&&) noexcept = default;
Database& Database::operator=(Database&&) noexcept = default;
Database::~Database() = default;

Result<Database> Database::open(const fs::path& file, Mode mode, std::span<const Migration> steps) {
  std::error_code code;
  AIGW_TRY(refuse_lost_database(file));
  if (mode != Mode::write && !fs::exists(file, code))
    return make_error(ErrorKind::not_found, "there is no database " + file.string(),
                      "Start `aigw serve` once to make it, or name another with --db");
  if (mode == Mode::write) {
    if (files::is_network_filesystem(file))
      return make_error(ErrorKind::database,
                        file.string() + " is on a network file system, where locks and shared memory do not hold",
                        "Choose a file on a local disk with --db");
    AIGW_TRY(make_private_file(file));
  }
  return guarded("open " + file.string(), [&]() -> Result<Database> {
    AIGW_TRY_ASSIGN(auto connection, connect(file, mode));
    Database db(file, std::move(connection));
    AIGW_TRY(check_is_ours(*db.connection_, file, mode, steps));
    settle_in(*db.connection_, mode);
    if (mode == Mode::write) {
      AIGW_TRY_ASSIGN(db.backup_made_, bring_up_to_date(*db.connection_, file, steps));
    }
    SQLite::Statement uuid(*db.connection_, "SELECT value FROM settings WHERE key = 'database_uuid'");
    if (!uuid.executeStep())
      return make_error(ErrorKind::database, file.string() + " has no identity", "Restore a backup");
    db.uuid_ = text_of(uuid, 0);
    return db;
  });
}

Result<ReadMoment> ReadMoment::begin(Database& db) {
  return guarded("begin to read", [&]() -> Result<ReadMoment> {
    // Within a write everything is of one moment already.
    if (sqlite3_get_autocommit(db.raw().getHandle()) == 0) return ReadMoment();
    db.raw().exec("BEGIN");
    return ReadMoment(db);
  });
}

ReadMoment::~ReadMoment() {
  if (db_ != nullptr) db_->raw().tryExec("COMMIT");
}

}  // namespace aigw::store
