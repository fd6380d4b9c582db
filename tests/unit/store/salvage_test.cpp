#include "store/salvage.hpp"

#include "ledger/segment.hpp"
#include "store/check.hpp"
#include "store/key_repository.hpp"
#include "tests/unit/store/fixture.hpp"

#include <SQLiteCpp/Database.h>
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

using namespace aigw;
using namespace aigw::store;
using namespace aigw::store::test;
namespace fs = std::filesystem;

namespace {

constexpr int kRows = 3'000;
constexpr std::streamoff kPage = 4096;

std::string bytes_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// kRows over five hours, in the tables alone: the journal is done with.
void fill(Home& home) {
  const auto ingester = home.open();
  recovered(*ingester);
  REQUIRE(ingester->write([](Database& db) {
                    return KeyRepository(db).insert({"laptop", "aigw_x", {}, {1}, {}});
                  })
              .ok());
  auto writer = writer_of(*ingester);
  for (int i = 0; i < kRows; ++i) settle(*writer, settled(id_at(i * 6'000)));
  writer.reset();
  ingester->stop();
}

void overwrite(const fs::path& file, std::streamoff at, std::size_t bytes) {
  std::fstream out(file, std::ios::binary | std::ios::in | std::ios::out);
  out.seekp(at);
  out << std::string(bytes, '\xA5');
}

/// Numbers of pages (from 1) that hold rows of `table`, leaves only.
std::vector<std::streamoff> leaves_of(const Home& home, const std::string& table) {
  SQLite::Database db(home.db().string(), SQLite::OPEN_READONLY);
  const std::int64_t root = db.execAndGet("SELECT rootpage FROM sqlite_schema WHERE name = '" + table + "'").getInt64();
  const std::string bytes = bytes_of(home.db());
  const auto big = [&](std::size_t at, int count) {
    std::streamoff value = 0;
    for (int i = 0; i < count; ++i)
      value = value << 8 | static_cast<unsigned char>(bytes[at + static_cast<std::size_t>(i)]);
    return value;
  };
  const auto at = static_cast<std::size_t>((root - 1) * kPage);
  std::vector<std::streamoff> out;
  if (bytes[at] == 13) return {root};
  for (std::streamoff cell = 0; cell < big(at + 3, 2); ++cell)
    out.push_back(big(at + static_cast<std::size_t>(big(at + 12 + static_cast<std::size_t>(2 * cell), 2)), 4));
  out.push_back(big(at + 8, 4));
  return out;
}

Salvage salvaged(const Home& home) {
  std::map<fs::path, std::string> before;
  for (const auto& entry : fs::recursive_directory_iterator(home.db().parent_path()))
    if (entry.is_regular_file()) before[entry.path()] = bytes_of(entry.path());
  const auto found = salvage(home.db(), home.ledger(), home / "new.db");
  if (!found) FAIL(found.error().text());
  for (const auto& [file, bytes] : before) CHECK_MESSAGE(bytes_of(file) == bytes, file.string());
  CHECK(static_cast<std::size_t>(std::distance(fs::directory_iterator(home.db().parent_path()), {})) >= 2);
  for (const auto& entry : fs::directory_iterator(home.db().parent_path()))
    CHECK(entry.path().string().find(".work-") == std::string::npos);
  return *found;
}

void check_sound(const Home& home) {
  const auto report = check_database(home / "new.db", home.ledger(), CheckDepth::full);
  REQUIRE(report.ok());
  for (const CheckFinding& finding : report->findings) CHECK_MESSAGE(finding.sound, finding.detail);
}

std::int64_t number_in_new(const Home& home, const char* sql) {
  return SQLite::Database((home / "new.db").string(), SQLite::OPEN_READONLY).execAndGet(sql).getInt64();
}

}  // namespace

TEST_CASE("of a sound database a salvage has everything, with the same identity") {
  Home home;
  fill(home);
  const Salvage found = salvaged(home);
  CHECK(found.whole());
  CHECK(found.requests == kRows);
  check_sound(home);
  const auto mine = Database::open(home.db(), Database::Mode::read_only),
             copy = Database::open(home / "new.db", Database::Mode::read_only);
  CHECK(mine->uuid() == copy->uuid());
  CHECK(number_in_new(home, "SELECT count(*) FROM issued_keys") == 1);
  CHECK(number_in_new(home, "SELECT sum(requests) FROM usage_hour") == kRows);
}

TEST_CASE("rows before and behind damaged pages are read, and the sums tell how many are lost") {
  Home home;
  fill(home);
  const auto leaves = leaves_of(home, "requests");
  REQUIRE(leaves.size() > 20);
  std::vector<std::size_t> damaged;
  SUBCASE("one page") { damaged = {10}; }
  SUBCASE("two pages apart, and two beside each other") { damaged = {4, 12, 13, 17}; }
  SUBCASE("the first page") { damaged = {0}; }
  SUBCASE("the last page") { damaged = {leaves.size() - 1}; }
  for (const std::size_t leaf : damaged) overwrite(home.db(), (leaves[leaf] - 1) * kPage, kPage);
  const Salvage found = salvaged(home);
  CHECK_FALSE(found.whole());
  CHECK(found.requests + found.requests_lost == kRows);
  CHECK(found.requests_lost > 0);
  CHECK(found.requests_lost < static_cast<std::int64_t>(damaged.size()) * 100);
  CHECK(number_in_new(home, "SELECT sum(requests) FROM usage_hour") == kRows);
  check_sound(home);
  const auto db = Database::open(home / "new.db", Database::Mode::read_only);
  CHECK(stats(const_cast<Database&>(*db), {{0}, {4'000'000'000'000}, {}})->totals.requests == kRows);
}

TEST_CASE("sums that cannot be read are made anew from the rows") {
  Home home;
  fill(home);
  for (const char* table : {"usage_hour", "usage_day"})
    for (const std::streamoff page : leaves_of(home, table)) overwrite(home.db(), (page - 1) * kPage, kPage);
  const Salvage found = salvaged(home);
  CHECK(found.requests == kRows);
  CHECK(found.requests_lost == 0);
  check_sound(home);
  CHECK(number_in_new(home, "SELECT sum(requests) FROM usage_hour") == kRows);
}

TEST_CASE("a header that was overwritten is written anew") {
  Home home;
  fill(home);
  overwrite(home.db(), 0, 100);
  const Salvage found = salvaged(home);
  CHECK(found.requests == kRows);
  CHECK(found.requests_lost == 0);
  check_sound(home);
}

TEST_CASE("a file that was cut off gives what is in front of the cut") {
  Home home;
  fill(home);
  fs::resize_file(home.db(), fs::file_size(home.db()) / 2);
  const Salvage found = salvaged(home);
  CHECK(found.requests > 0);
  CHECK_FALSE(found.whole());
  check_sound(home);
}

TEST_CASE("what only the -wal holds is read, from an empty file too") {
  Home home;
  const auto ingester = home.open();
  recovered(*ingester);
  const auto writer = writer_of(*ingester);
  for (int i = 0; i < 100; ++i) settle(*writer, settled(id_at(i)));
  REQUIRE(ingester->flush().ok());
  Home copy;  // as kill -9 and a lost file leave it
  std::ofstream(copy.db()).flush();
  fs::copy_file(home.db().string() + "-wal", copy.db().string() + "-wal");
  const Salvage found = salvaged(copy);
  CHECK(found.requests == 100);
  CHECK(found.requests_lost == 0);
  CHECK(found.whole());
}

TEST_CASE("rows that damage took come back from the journal's segments that are left") {
  Home home;
  const fs::path kept = home / "kept";
  {
    const auto ingester = home.open();
    recovered(*ingester);
    auto writer = writer_of(*ingester);
    for (int i = 0; i < kRows; ++i) settle(*writer, settled(id_at(i)));
    REQUIRE(ingester->flush().ok());
    fs::copy(home.ledger(), kept);
    writer.reset();
    ingester->stop();
  }
  fs::remove_all(home.ledger());
  fs::rename(kept, home.ledger());
  const auto leaves = leaves_of(home, "requests");
  overwrite(home.db(), (leaves[5] - 1) * kPage, kPage);
  const Salvage found = salvaged(home);
  CHECK(found.requests == kRows);
  CHECK(found.requests_lost == 0);
  CHECK(found.requests_of_journal > 0);
  check_sound(home);
  CHECK(number_in_new(home, "SELECT sum(requests) FROM usage_hour") == kRows);
  // In its place it counts nothing twice.
  fs::remove(home.db());
  fs::remove(home.db().string() + "-wal");
  fs::rename(home / "new.db", home.db());
  const auto ingester = home.open();
  CHECK(recovered(*ingester).rows == 0);
  CHECK(stats_of(*ingester).totals.requests == kRows);
}

TEST_CASE("where no table can be read the journal alone is brought in, under the old identity") {
  Home home;
  std::string uuid;
  {
    const auto ingester = home.open();
    recovered(*ingester);
    uuid = reader_of(*ingester).uuid();
    const auto writer = writer_of(*ingester);
    for (int i = 0; i < 10; ++i) settle(*writer, settled(id_at(i)));
    fs::copy(home.ledger(), home / "kept");
  }
  fs::remove_all(home.ledger());
  fs::rename(home / "kept", home.ledger());
  fs::remove(home.db().string() + "-wal");
  overwrite(home.db(), 0, kPage);
  const Salvage found = salvaged(home);
  CHECK_FALSE(found.unreadable.empty());
  CHECK_FALSE(found.whole());
  CHECK(found.requests == 10);
  CHECK(Database::open(home / "new.db", Database::Mode::read_only)->uuid() == uuid);
}

TEST_CASE("a salvage overwrites nothing") {
  Home home;
  fill(home);
  std::ofstream(home / "new.db") << "mine";
  const auto found = salvage(home.db(), home.ledger(), home / "new.db");
  REQUIRE_FALSE(found.ok());
  CHECK(found.error().kind == ErrorKind::conflict);
  CHECK(bytes_of(home / "new.db") == "mine");
}
