#include "store/salvage.hpp"

#include "base/files.hpp"
#include "ledger/segment.hpp"
#include "store/database.hpp"
#include "store/door.hpp"
#include "store/ingester.hpp"
#include "store/salvage_source.hpp"
#include "store/salvage_sums.hpp"
#include "store/table_copy.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <set>
#include <system_error>

namespace aigw::store {
namespace fs = std::filesystem;
namespace {

/// Everything is made in here and only moved to its name when it is whole.
class WorkFolder {
 public:
  static Result<WorkFolder> beside(const fs::path& to) {
    std::string pattern = to.string() + ".work-XXXXXX";
    if (::mkdtemp(pattern.data()) == nullptr) return files::system_error("make a folder like", pattern, errno);
    return WorkFolder(pattern);
  }
  WorkFolder(WorkFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  WorkFolder& operator=(WorkFolder&&) = delete;
  ~WorkFolder() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  const fs::path& path() const { return path_; }

 private:
  explicit WorkFolder(fs::path path) : path_(std::move(path)) {}
  fs::path path_;
};

/// What the ingester owns of a file until it is deleted is its name: the links go, the segments stay.
Status link_segments(const fs::path& from, const fs::path& to) {
  AIGW_TRY_ASSIGN(const auto segments, ledger::list_segments(from));
  if (segments.empty()) return {};
  AIGW_TRY(files::make_private_dir(to));
  for (const auto& [id, path] : segments) {
    std::error_code code;
    fs::create_hard_link(path, to / path.filename(), code);
    if (code) fs::copy_file(path, to / path.filename(), code);
    if (code) return files::system_error("copy", path, code.value());
  }
  return {};
}

/// The journal's segments say whose they are; none when they do not agree.
std::optional<std::string> uuid_of_segments(const fs::path& folder) {
  std::set<std::string> found;
  if (const auto segments = ledger::list_segments(folder))
    for (const auto& [id, path] : *segments)
      if (const auto left = ledger::open_left_segment(path); left && *left) found.insert((*left)->database_uuid);
  return found.size() == 1 ? std::optional(*found.begin()) : std::nullopt;
}

void take_identity(SQLite::Database& db, const std::string& uuid) {
  SQLite::Statement put(db, "UPDATE settings SET value = ? WHERE key = 'database_uuid'");
  put.bind(1, uuid);
  put.exec();
}

/// Sums are made up later, from the rows; how far the journal was read is forgotten, so that all that is left of it is
/// read again: rows that are there already do not count twice.
bool copied_as_it_is(const std::string& table) {
  return table != "schema_migrations" && table != "segments" && table != "usage_hour" && table != "usage_day";
}

Status copy_tables(SalvageSource& source, SQLite::Database& to, Salvage& out) {
  for (const std::string& table : tables_of(to)) {
    if (!copied_as_it_is(table)) continue;
    AIGW_TRY_ASSIGN(const CopiedTable copied, copy_table(source.raw(), to, table));
    out.tables.push_back({table, copied.rows, copied.whole});
  }
  return {};
}

/// A new database with the rows that can be read. Without a source it is empty.
Status make_database(const fs::path& file, std::optional<SalvageSource>& source, const fs::path& ledger, Salvage& out) {
  const auto known = migrations();
  const std::int64_t version = source ? source->version() : 0;
  const bool usable = version >= 1 && version <= static_cast<std::int64_t>(known.size());
  AIGW_TRY_ASSIGN(const Database db, Database::open(file, Database::Mode::write,
                                                    usable ? known.first(static_cast<std::size_t>(version)) : known));
  const std::string made_up = db.uuid();
  return guarded("write the new database", [&]() -> Status {
    if (source) AIGW_TRY(copy_tables(*source, db.raw(), out));
    const bool has_identity =
        db.raw().execAndGet("SELECT value FROM settings WHERE key = 'database_uuid'").getString() != made_up;
    if (const auto uuid = uuid_of_segments(ledger); uuid && !has_identity) take_identity(db.raw(), *uuid);
    return {};
  });
}

Status replay_journal(const fs::path& file, const fs::path& ledger, Salvage& out) {
  IngesterOptions options;
  options.db = file;
  options.ledger = file.string() + ".ledger";
  AIGW_TRY(link_segments(ledger, options.ledger));
  AIGW_TRY_ASSIGN(auto lock, files::FileLock::acquire(file.string() + ".lock", "recovery"));
  AIGW_TRY_ASSIGN(const auto ingester, Ingester::open(std::move(options), std::move(lock)));
  AIGW_TRY_ASSIGN(const Recovery found, ingester->recover());
  out.requests_of_journal = found.rows;
  out.journal_records_lost = found.damaged_records;
  return {};
}

Status mend_sums(const fs::path& file, std::optional<SalvageSource>& source, Salvage& out) {
  AIGW_TRY_ASSIGN(Database db, Database::open(file, Database::Mode::write));
  return guarded("write the sums", [&]() -> Status {
    db.raw().exec("DELETE FROM usage_hour; DELETE FROM usage_day");
    for (const char* table : {"usage_hour", "usage_day"}) {
      if (!source) break;
      AIGW_TRY_ASSIGN(const CopiedTable copied, copy_table(source->raw(), db.raw(), table));
      out.tables.push_back({table, copied.rows, copied.whole});
    }
    AIGW_TRY_ASSIGN(out.requests_lost, make_sums_fit(db));
    out.requests = db.raw().execAndGet("SELECT count(*) FROM requests").getInt64();
    db.raw().execAndGet("PRAGMA wal_checkpoint(TRUNCATE)");
    return {};
  });
}

Status give_name(const fs::path& file, const fs::path& to) {
  if (::link(file.c_str(), to.c_str()) != 0) return files::system_error("name", to, errno);
  return files::sync_dir(to.has_parent_path() ? to.parent_path() : fs::path("."));
}

}  // namespace

bool Salvage::whole() const {
  return unreadable.empty() && requests_lost == 0 && journal_records_lost == 0 &&
         std::ranges::all_of(tables, &SalvagedTable::whole);
}

Result<Salvage> salvage(const fs::path& damaged, const fs::path& ledger, const fs::path& to) {
  std::error_code code;
  if (fs::exists(fs::symlink_status(to, code)))
    return make_error(ErrorKind::conflict, to.string() + " exists",
                      "Choose another name with --to; nothing is overwritten");
  AIGW_TRY_ASSIGN(const WorkFolder work, WorkFolder::beside(to));
  const fs::path file = work.path() / "aigw.db";
  Salvage out;
  std::optional<SalvageSource> source;
  if (auto opened = SalvageSource::open(damaged, work.path())) {
    source.emplace(*std::move(opened));
  } else if (opened.error().kind == ErrorKind::not_found || opened.error().kind == ErrorKind::overloaded) {
    return std::move(opened).error();
  } else {
    out.unreadable = opened.error().message;
  }
  AIGW_TRY(make_database(file, source, ledger, out));
  AIGW_TRY(replay_journal(file, ledger, out));
  AIGW_TRY(mend_sums(file, source, out));
  AIGW_TRY(give_name(file, to));
  return out;
}

}  // namespace aigw::store
