#include "store/backup.hpp"

#include "base/log.hpp"
#include "tests/unit/store/fixture.hpp"

#include <SQLiteCpp/Database.h>
#include <doctest/doctest.h>
#include <sqlite3.h>

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

using namespace aigw;
using namespace aigw::store;
using namespace aigw::store::test;
namespace fs = std::filesystem;

namespace {

const auto kOld = migrations();
const auto kOldVersion = static_cast<std::int64_t>(kOld.size());

/// One step more, as real ones are: a column, a table, every row rewritten.
const std::vector<Migration> kSteps = [] {
  std::vector<Migration> steps(kOld.begin(), kOld.end());
  steps.push_back({static_cast<int>(kOldVersion) + 1, "colours",
                   "ALTER TABLE requests ADD COLUMN colour INTEGER; UPDATE requests SET colour = id % 7; "
                   "CREATE TABLE colours(id INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT; "
                   "INSERT INTO colours(name) VALUES('red'), ('blue'); UPDATE settings SET value = value"});
  return steps;
}();

void fill(Home& home, int rows) {
  const auto ingester = home.open();
  recovered(*ingester);
  const auto writer = writer_of(*ingester);
  for (int i = 0; i < rows; ++i) settle(*writer, settled(id_at(i)));
  REQUIRE(ingester->flush().ok());
}

std::vector<fs::path> copies_of(const Home& home) {
  std::vector<fs::path> out;
  for (const auto& entry : fs::directory_iterator(home.db().parent_path()))
    if (entry.path().string().find(".backup") != std::string::npos) out.push_back(entry.path());
  return out;
}

std::int64_t number(SQLite::Database& db, const char* sql) { return db.execAndGet(sql).getInt64(); }

SQLite::Database plain(const fs::path& file) { return {file.string(), SQLite::OPEN_READONLY}; }

/// Runs `body` in a child that is killed when SQLite begins its n-th statement. False: it came to its end before.
std::atomic<int> statements_left;
int kill_in_time(unsigned, void*, void*, void*) {
  if (--statements_left == 0) ::raise(SIGKILL);
  return 0;
}
int watch(sqlite3* db, char**, const sqlite3_api_routines*) {
  return sqlite3_trace_v2(db, SQLITE_TRACE_STMT | SQLITE_TRACE_PROFILE, kill_in_time, nullptr);
}
bool killed_at(int statement, const std::function<void()>& body) {
  const pid_t child = ::fork();
  if (child == 0) {
    log::set_level(log::Level::error);
    statements_left = statement;
    sqlite3_auto_extension(reinterpret_cast<void (*)()>(watch));
    body();
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  if (!WIFSIGNALED(status)) REQUIRE(WEXITSTATUS(status) == 0);
  return WIFSIGNALED(status);
}

/// Nightly: a million (AIGW_TEST_ROWS).
int rows_to_change() {
  const char* const said = std::getenv("AIGW_TEST_ROWS");
  return said == nullptr ? 200 : std::atoi(said);
}

}  // namespace

TEST_CASE("a backup is one private file, verified, and overwrites nothing") {
  Home home;
  fill(home, 100);
  const auto db = Database::open(home.db(), Database::Mode::read_only);
  REQUIRE(db.ok());
  const auto made = back_up(*db, home / "copy");
  REQUIRE(made.ok());
  CHECK(made->requests == 100);
  struct stat facts {};
  REQUIRE(::stat(made->file.c_str(), &facts) == 0);
  CHECK((facts.st_mode & 0777) == 0600);
  CHECK(facts.st_size == made->bytes);
  const auto again = back_up(*db, home / "copy");
  REQUIRE_FALSE(again.ok());
  CHECK(again.error().kind == ErrorKind::conflict);
  CHECK(Database::open(home / "copy", Database::Mode::read_only)->uuid() == db->uuid());
}

TEST_CASE("a backup is of one moment while rows arrive") {
  Home home;
  const auto ingester = home.open();
  recovered(*ingester);
  const auto writer = writer_of(*ingester);
  ingester->start();
  std::atomic<bool> done{false};
  std::thread others([&] {
    for (int i = 0; !done; ++i) settle(*writer, settled(id_at(i)));
  });
  for (int round = 0; round < 3; ++round) {
    const Database reader = reader_of(*ingester);
    const auto made = back_up(reader, home / ("copy" + std::to_string(round)).c_str());
    REQUIRE(made.ok());
    SQLite::Database copy = plain(made->file);
    CHECK(number(copy, "SELECT coalesce(sum(requests), 0) FROM usage_hour") == made->requests);
  }
  done = true;
  others.join();
  ingester->stop();
}

TEST_CASE("a full disk leaves no copy behind and the database as it was") {
  Home home;
  fill(home, 5'000);
  const auto bytes_before = fs::file_size(home.db());
  const pid_t child = ::fork();
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{64 << 10, 64 << 10};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    const auto db = Database::open(home.db(), Database::Mode::write, kSteps);
    if (db.ok()) ::_exit(1);
    const std::string text = db.error().text();
    const bool said = text.find("no backup could be made first") != std::string::npos && !db.error().next.empty();
    ::_exit(said ? 0 : 2);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(WEXITSTATUS(status) == 0);
  CHECK(copies_of(home).empty());
  CHECK(fs::file_size(home.db()) == bytes_before);
  CHECK(Database::open(home.db(), Database::Mode::write, kOld).ok());
}

TEST_CASE("before the schema changes a backup is made") {
  Home home;
  fill(home, 50);
  {
    const auto db = Database::open(home.db(), Database::Mode::write, kSteps);
    REQUIRE(db.ok());
    CHECK(number(db->raw(), "SELECT count(*) FROM requests WHERE colour IS NOT NULL") == 50);
    REQUIRE(copies_of(home).size() == 1);
    CHECK(copies_of(home)[0] == db->backup_made());
  }
  SQLite::Database copy = plain(copies_of(home)[0]);
  CHECK(number(copy, "PRAGMA user_version") == kOldVersion);
  CHECK(number(copy, "SELECT count(*) FROM requests") == 50);
  CHECK(Database::open(home.db(), Database::Mode::write, kSteps)->backup_made().empty());
  CHECK(copies_of(home).size() == 1);
}

TEST_CASE("of the backups before changes the newest of the last three versions stay") {
  Home home;
  fill(home, 1);
  for (const char* name :
       {".v1-20250101T000000Z.backup", ".v1-20250102T000000Z.backup", ".v3-20250103T000000Z.backup",
        ".v4-20250104T000000Z.backup", ".v5-20250105T000000Z.backup", ".v1-20250106T000000Z.backup.0a0a0a0a.partial"})
    std::ofstream(home.db().string() + name) << "old";
  std::ofstream(home.db().string() + "-of-the-user.backup") << "mine";
  REQUIRE(Database::open(home.db(), Database::Mode::write, kSteps).ok());
  std::vector<std::string> left;
  for (const fs::path& copy : copies_of(home)) left.push_back(copy.filename().string().substr(7, 4));
  std::ranges::sort(left);
  const std::string made = ".v" + std::to_string(kOldVersion) + "-";
  CHECK(left == std::vector<std::string>{"-of-", made, ".v4-", ".v5-"});
}

TEST_CASE("killed at any statement of a change of the schema, the database is of one version or the other") {
  Home home;
  const int rows = rows_to_change();
  fill(home, rows);
  int statement = 1;
  for (; statement < 500; ++statement) {
    CAPTURE(statement);
    const bool killed = killed_at(statement, [&] {
      if (!Database::open(home.db(), Database::Mode::write, kSteps).ok()) ::_exit(7);
    });
    SQLite::Database db(home.db().string(), SQLite::OPEN_READWRITE);
    REQUIRE(db.execAndGet("PRAGMA integrity_check").getString() == "ok");
    REQUIRE(number(db, "SELECT count(*) FROM requests") == rows);
    const std::int64_t version = number(db, "PRAGMA user_version");
    REQUIRE(number(db, "SELECT count(*) FROM schema_migrations") == version);
    REQUIRE(number(db, "SELECT count(*) FROM pragma_table_info('requests') WHERE name = 'colour'") ==
            version - kOldVersion);
    if (!killed) break;
    if (version > kOldVersion) continue;
    for (const fs::path& copy : copies_of(home))
      if (copy.extension() == ".backup") REQUIRE(plain(copy).execAndGet("PRAGMA integrity_check").getString() == "ok");
  }
  CHECK(statement > 20);  // the change is more than its five statements: settings, the backup, the history
  CHECK(statement < 500);
  REQUIRE(Database::open(home.db(), Database::Mode::write, kSteps).ok());
  CHECK(copies_of(home).size() == 1);
}
