#include "store/database.hpp"

#include "store/migrations.hpp"
#include "tests/unit/store/fixture.hpp"

#include <SQLiteCpp/Database.h>
#include <doctest/doctest.h>

#include <sys/stat.h>

#include <array>
#include <fstream>

using namespace aigw;
using namespace aigw::store;
using namespace aigw::store::test;
namespace fs = std::filesystem;

namespace {

void write_file(const fs::path& file, std::string_view bytes) { std::ofstream(file, std::ios::binary) << bytes; }

std::string read_bytes(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void make(const Home& home) { REQUIRE(Database::open(home.db(), Database::Mode::write).ok()); }

}  // namespace

TEST_CASE("a new database is private, in WAL mode, and keeps its identity") {
  Home home;
  std::string uuid;
  {
    const auto db = Database::open(home.db(), Database::Mode::write);
    REQUIRE(db.ok());
    uuid = db->uuid();
    CHECK(uuid.size() == 32);
    CHECK(db->raw().execAndGet("PRAGMA journal_mode").getString() == "wal");
    CHECK(db->raw().execAndGet("PRAGMA foreign_keys").getInt() == 1);
    CHECK(db->raw().execAndGet("PRAGMA application_id").getInt64() == kApplicationId);
    for (const char* name : {"aigw.db", "aigw.db-wal", "aigw.db-shm"}) {
      struct stat facts {};
      REQUIRE(::stat((home / name).c_str(), &facts) == 0);
      CHECK((facts.st_mode & 0777) == 0600);
    }
  }
  CHECK(Database::open(home.db(), Database::Mode::write)->uuid() == uuid);
  CHECK(Database::open(home.db(), Database::Mode::read_only)->uuid() == uuid);
}

TEST_CASE("a reader cannot write and makes no file") {
  Home home;
  CHECK(Database::open(home.db(), Database::Mode::read_only).error().kind == ErrorKind::not_found);
  CHECK_FALSE(fs::exists(home.db()));
  make(home);
  const auto db = Database::open(home.db(), Database::Mode::read_only);
  REQUIRE(db.ok());
  CHECK_THROWS(db->raw().exec("DELETE FROM settings"));
}

TEST_CASE("a file of no bytes beside a -wal is not overwritten") {
  Home home;
  make(home);
  fs::remove(home.db());
  SUBCASE("empty") { write_file(home.db(), ""); }
  SUBCASE("missing") {}
  write_file(home / "aigw.db-wal", "the only copy of something");
  for (const auto mode : {Database::Mode::write, Database::Mode::read_only}) {
    const auto db = Database::open(home.db(), mode);
    REQUIRE_FALSE(db.ok());
    CHECK(db.error().kind == ErrorKind::database);
    CHECK(db.error().text().find("backup") != std::string::npos);
  }
  CHECK(read_bytes(home / "aigw.db-wal") == "the only copy of something");
}

TEST_CASE("another program's database, and what is none, are refused and not changed") {
  Home home;
  SUBCASE("other tables") {
    SQLite::Database(home.db().string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE).exec("CREATE TABLE birds(name)");
  }
  SUBCASE("other application") {
    SQLite::Database(home.db().string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE)
        .exec("PRAGMA application_id = 77; PRAGMA user_version = 1");
  }
  SUBCASE("no database at all") { write_file(home.db(), std::string(5'000, 'x')); }
  const std::string before = read_bytes(home.db());
  for (const auto mode : {Database::Mode::write, Database::Mode::read_only}) {
    const auto db = Database::open(home.db(), mode);
    REQUIRE_FALSE(db.ok());
    CHECK(db.error().kind == ErrorKind::database);
    CHECK_FALSE(db.error().next.empty());
  }
  CHECK(read_bytes(home.db()) == before);
}

TEST_CASE("a database of a newer aigw is refused by both modes") {
  Home home;
  make(home);
  SQLite::Database(home.db().string(), SQLite::OPEN_READWRITE).exec("PRAGMA user_version = 999");
  for (const auto mode : {Database::Mode::write, Database::Mode::read_only}) {
    const auto db = Database::open(home.db(), mode);
    REQUIRE_FALSE(db.ok());
    CHECK(db.error().text().find("newer aigw") != std::string::npos);
  }
}

TEST_CASE("a history that this program does not know is refused") {
  Home home;
  make(home);
  SQLite::Database(home.db().string(), SQLite::OPEN_READWRITE).exec("UPDATE schema_migrations SET checksum = 'other'");
  const auto db = Database::open(home.db(), Database::Mode::write);
  REQUIRE_FALSE(db.ok());
  CHECK(db.error().message.find("another history") != std::string::npos);
}

TEST_CASE("a step that fails leaves the schema at the step before") {
  Home home;
  SQLite::Database db(home.db().string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
  constexpr std::array kSteps = {Migration{1, "one", "CREATE TABLE one(x)"},
                                 Migration{2, "two", "CREATE TABLE two(x); CREATE TABLE one(y)"}};
  CHECK_FALSE(migrate(db, kSteps).ok());
  CHECK(db.execAndGet("PRAGMA user_version").getInt() == 1);
  CHECK(db.tableExists("one"));
  CHECK_FALSE(db.tableExists("two"));
  constexpr std::array kMended = {kSteps[0], Migration{2, "two", "CREATE TABLE two(x)"}};
  CHECK(migrate(db, kMended).ok());
  CHECK(migrate(db, kMended).ok());
  CHECK(db.execAndGet("SELECT count(*) FROM schema_migrations").getInt() == 2);
}

TEST_CASE("the steps are numbered without gaps") {
  int expected = 0;
  for (const Migration& step : migrations()) CHECK(step.number == ++expected);
}
