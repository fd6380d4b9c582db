#include "store/backup.hpp"

#include "base/crypto.hpp"
#include "base/files.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "store/database.hpp"
#include "store/door.hpp"

#include <sqlite3.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <system_error>
#include <vector>

namespace aigw::store {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kVersionsKept = 3;
constexpr std::string_view kSuffix = ".backup";
constexpr std::string_view kPartial = ".partial";

fs::path folder_of(const fs::path& file) { return file.has_parent_path() ? file.parent_path() : fs::path("."); }

/// A file under construction; gone unless it was finished.
class PartialFile {
 public:
  explicit PartialFile(const fs::path& to) : path_(to) {
    std::array<unsigned char, 4> random;
    crypto::random_bytes(random);
    path_ += "." + crypto::to_hex({reinterpret_cast<const char*>(random.data()), random.size()});
    path_ += kPartial;
  }
  PartialFile(const PartialFile&) = delete;
  PartialFile& operator=(const PartialFile&) = delete;
  ~PartialFile() {
    ::unlink(path_.c_str());
    ::unlink((path_.string() + "-journal").c_str());
  }
  const fs::path& path() const { return path_; }

  /// Empty: SQLite would make it with the umask's mode.
  Status make() {
    handle_ =
        files::Handle(::open(path_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR));
    if (!handle_) return files::system_error("make", path_, errno);
    return {};
  }
  /// A link and not a rename: what stands there already stays.
  Status finish(const fs::path& to) {
    if (::fsync(handle_.get()) != 0) return files::system_error("sync", path_, errno);
    if (::link(path_.c_str(), to.c_str()) != 0) {
      if (errno == EEXIST) return taken(to);
      // A file system without links: the name was free a moment ago, and nobody else chooses it.
      if (::rename(path_.c_str(), to.c_str()) != 0) return files::system_error("name", to, errno);
    }
    return files::sync_dir(folder_of(to));
  }
  static Error taken(const fs::path& to) {
    return make_error(ErrorKind::conflict, to.string() + " exists", "Choose another name; nothing is overwritten");
  }

 private:
  fs::path path_;
  files::Handle handle_;
};

std::string uuid_of(SQLite::Database& db) {
  SQLite::Statement row(db, "SELECT value FROM settings WHERE key = 'database_uuid'");
  return row.executeStep() ? text_of(row, 0) : std::string();
}

Error unsound(const fs::path& file, std::string_view what) {
  return make_error(ErrorKind::database, "the copy " + file.string() + " is not sound: " + std::string(what),
                    "Check the disk; then `aigw db check` says how the database itself is");
}

/// Reads all of it.
Result<Backup> verify(const fs::path& file, SQLite::Database& original) {
  SQLite::Database copy(immutable_uri(file.string()), SQLite::OPEN_READONLY | SQLite::OPEN_URI | SQLite::OPEN_NOMUTEX);
  const std::string pages = copy.execAndGet("PRAGMA quick_check(1)").getString();
  if (pages != "ok") return unsound(file, pages);
  for (const char* pragma : {"PRAGMA application_id", "PRAGMA user_version"})
    if (copy.execAndGet(pragma).getInt64() != original.execAndGet(pragma).getInt64())
      return unsound(file, "its header differs");
  if (uuid_of(copy) != uuid_of(original)) return unsound(file, "it is another database");
  Backup backup;
  std::error_code code;
  backup.bytes = static_cast<std::int64_t>(fs::file_size(file, code));
  backup.requests = copy.execAndGet("SELECT count(*) FROM requests").getInt64();
  return backup;
}

std::string stamp(UnixMillis at) {
  std::string out;
  for (const char c : to_iso8601(at).substr(0, 19))
    if (c != '-' && c != ':') out += c;
  return out + "Z";
}

/// "v1" of "aigw.db.v1-20261126T033000Z.backup".
std::string version_in(std::string_view name) { return std::string(name.substr(0, name.find('-'))); }

/// What an earlier aigw's copies and interrupted ones take of the disk is bounded.
void remove_old_copies(const fs::path& file) {
  const std::string prefix = file.filename().string() + ".v";
  std::map<std::string, std::vector<fs::path>> by_time;  // newest last; the time is the end of the name
  std::error_code code;
  for (const auto& entry : fs::directory_iterator(folder_of(file), code)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(prefix) || name.find(kSuffix) == std::string::npos) continue;
    if (name.ends_with(kPartial)) {
      ::unlink(entry.path().c_str());
    } else if (name.ends_with(kSuffix)) {
      by_time[name.substr(name.find('-', prefix.size()))].push_back(entry.path());
    }
  }
  std::vector<std::string> kept;
  for (auto at = by_time.rbegin(); at != by_time.rend(); ++at)
    for (const fs::path& copy : at->second) {
      const std::string version = version_in(copy.filename().string().substr(prefix.size() - 1));
      if (kept.size() < kVersionsKept && std::ranges::find(kept, version) == kept.end()) {
        kept.push_back(version);
      } else {
        ::unlink(copy.c_str());
      }
    }
}

Result<Backup> copy_to(SQLite::Database& from, const fs::path& to) {
  std::error_code code;
  if (fs::exists(fs::symlink_status(to, code))) return PartialFile::taken(to);
  PartialFile partial(to);
  AIGW_TRY(partial.make());
  auto copied = guarded("copy the database to " + to.string(), [&]() -> Result<Backup> {
    SQLite::Statement copy(from, "VACUUM INTO ?");
    copy.bind(1, partial.path().string());
    copy.exec();
    return verify(partial.path(), from);
  });
  if (!copied) return copied;
  AIGW_TRY(partial.finish(to));
  copied->file = to;
  return copied;
}

}  // namespace

Result<Backup> back_up(const Database& from, const fs::path& to) { return copy_to(from.raw(), to); }

Result<Backup> back_up_before_migration(SQLite::Database& db, const fs::path& file, std::int64_t version) {
  fs::path to = file;
  to += ".v" + std::to_string(version) + "-" + stamp(wall_now()) + std::string(kSuffix);
  auto made = copy_to(db, to);
  if (!made && made.error().kind == ErrorKind::conflict)
    return Backup{to};  // made this second, by one who was stopped then
  if (!made)
    return std::move(made).error().within("the schema is not brought up to date, since no backup could be made first");
  remove_old_copies(file);
  return made;
}

}  // namespace aigw::store
