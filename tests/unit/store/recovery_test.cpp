#include "base/log.hpp"
#include "ledger/segment.hpp"
#include "store/ingester.hpp"
#include "tests/unit/store/fixture.hpp"

#include <SQLiteCpp/Database.h>
#include <doctest/doctest.h>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>

using namespace aigw;
using namespace aigw::store;
using namespace aigw::store::test;
namespace fs = std::filesystem;

namespace {

std::vector<fs::path> segments_of(const Home& home) {
  const auto found = ledger::list_segments(home.ledger());
  REQUIRE(found.ok());
  std::vector<fs::path> files;
  for (const auto& [id, path] : *found) files.push_back(path);
  return files;
}

/// What a process leaves that was killed after it wrote: its segments, closed by nobody, ingested by nobody.
void leave_behind(Home& home, const std::vector<std::int64_t>& ids, const std::vector<std::int64_t>& open = {}) {
  const pid_t child = ::fork();
  if (child == 0) {
    const auto ingester = home.open();
    if (!ingester->recover().ok()) ::_exit(2);
    auto writer = ingester->open_writer(0);
    if (!writer) ::_exit(3);
    for (const std::int64_t id : open)
      if (!(*writer)->reserve().ok() || !(*writer)->append(opened(id_at(id))).ok()) ::_exit(4);
    for (const std::int64_t id : ids)
      if (!(*writer)->reserve().ok() || !(*writer)->settle(settled(id_at(id))).ok()) ::_exit(5);
    ::raise(SIGKILL);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  REQUIRE(WIFSIGNALED(status));
}

/// Behind the last record: a killed writer's file reaches further.
std::uintmax_t used_bytes(const fs::path& segment) {
  std::ifstream in(segment, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  std::size_t at = ledger::kSegmentHeaderBytes;
  while (bytes.compare(at, 4, "AIGL") == 0) {
    std::uint32_t length = 0;
    std::memcpy(&length, bytes.data() + at + 4, sizeof length);
    at += length;
  }
  return at;
}

void copy_segments(const fs::path& from, const fs::path& to) {
  fs::remove_all(to);
  fs::copy(from, to, fs::copy_options::recursive);
}

std::vector<std::int64_t> numbers_of(const std::vector<RequestRow>& rows) {
  std::vector<std::int64_t> numbers;
  for (const RequestRow& row : rows) numbers.push_back(row.id.at().value - kNoon.value);
  return numbers;
}

}  // namespace

TEST_CASE("rows of a killed process are there after the next start, and its open ones are unknown") {
  Home home;
  leave_behind(home, {1, 2, 3}, {7});
  const auto ingester = home.open();
  const Recovery found = recovered(*ingester);
  CHECK(found.rows == 3);
  CHECK(found.unknown_rows == 1);
  CHECK(found.damaged_records == 0);
  CHECK(found.max_request_id == id_at(7));
  const auto rows = rows_of(*ingester);
  REQUIRE(numbers_of(rows) == std::vector<std::int64_t>{1, 2, 3, 7});
  CHECK(rows[3].outcome == ledger::Outcome::unknown);
  CHECK_FALSE(rows[3].tokens.has_value());
  CHECK_FALSE(rows[3].cost.has_value());
  CHECK(rows[3].held == NanoUsd{777});
  CHECK(rows[3].model_requested == "fast");
  const StatsReport report = stats_of(*ingester);
  CHECK(report.totals.requests == 4);
  CHECK(report.totals.unknown == 1);
  CHECK(report.totals.unpriced_requests == 1);
}

TEST_CASE("a journal cut at any byte of its last record keeps every earlier row, once") {
  Home whole;
  leave_behind(whole, {1, 2, 3});
  const fs::path segment = segments_of(whole).at(0);
  const auto size = used_bytes(segment);
  const std::size_t record = (size - ledger::kSegmentHeaderBytes - 32) / 3;
  log::set_level(log::Level::warn);  // 150 torn tails are said 150 times
  for (std::uintmax_t cut = size - record; cut < size; ++cut) {
    Home home;
    fs::copy(whole.db(), home.db());
    fs::copy(whole.ledger(), home.ledger(), fs::copy_options::recursive);
    for (const char* rest : {"aigw.db-wal", "aigw.db-shm"})
      if (fs::exists(whole / rest)) fs::copy(whole / rest, home / rest);
    fs::resize_file(segments_of(home).at(0), cut);
    const auto ingester = home.open();
    const Recovery found = recovered(*ingester);
    REQUIRE(found.rows == 2);
    REQUIRE(found.damaged_records == 0);
    REQUIRE(numbers_of(rows_of(*ingester)) == std::vector<std::int64_t>{1, 2});
    REQUIRE(stats_of(*ingester).totals.requests == 2);
  }
  log::set_level(log::Level::info);
}

TEST_CASE("a damaged record is skipped, counted and said; the others are there") {
  Home home;
  leave_behind(home, {1, 2, 3});
  const fs::path segment = segments_of(home).at(0);
  const auto record = static_cast<std::streamoff>((used_bytes(segment) - ledger::kSegmentHeaderBytes - 32) / 3);
  {
    std::fstream file(segment, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(ledger::kSegmentHeaderBytes) + 32 + record + 40);
    file.put('\x5a');
  }
  const auto ingester = home.open();
  const Recovery found = recovered(*ingester);
  CHECK(found.rows == 2);
  CHECK(found.damaged_records == 1);
  CHECK(found.damaged_bytes == record);
  CHECK(numbers_of(rows_of(*ingester)) == std::vector<std::int64_t>{1, 3});
}

TEST_CASE("a process killed between commit and deletion doubles nothing, even when its segments come back") {
  Home home;
  leave_behind(home, {1, 2, 3});
  const fs::path kept = home / "kept";
  copy_segments(home.ledger(), kept);
  {
    const auto ingester = home.open();
    CHECK(recovered(*ingester).rows == 3);
  }
  CHECK(segments_of(home).empty());
  for (int round = 0; round < 3; ++round) {
    copy_segments(kept, home.ledger());
    const auto ingester = home.open();
    CHECK(recovered(*ingester).rows == 0);
    CHECK(rows_of(*ingester).size() == 3);
    CHECK(stats_of(*ingester).totals.cost.value == 300);
  }
}

TEST_CASE("even without its positions the database doubles nothing") {
  Home home;
  leave_behind(home, {1, 2, 3}, {9});
  copy_segments(home.ledger(), home / "kept");
  {
    const auto ingester = home.open();
    recovered(*ingester);
  }
  copy_segments(home / "kept", home.ledger());
  CHECK(SQLite::Database(home.db().string(), SQLite::OPEN_READWRITE).exec("DELETE FROM segments") == 1);
  const auto ingester = home.open();
  const Recovery found = recovered(*ingester);
  CHECK(found.rows == 0);
  CHECK(found.unknown_rows == 0);
  CHECK(rows_of(*ingester).size() == 4);
  CHECK(stats_of(*ingester).totals.requests == 4);
}

TEST_CASE("of a batch that begins with a row that is there only the new one moves the sums") {
  Home home;
  leave_behind(home, {1}, {});
  const auto ingester = home.open();
  CHECK(recovered(*ingester).rows == 1);
  const auto writer = writer_of(*ingester);
  settle(*writer, settled(id_at(1)));
  ledger::Settled other = settled(id_at(2));
  other.cost = NanoUsd{7};
  settle(*writer, other);
  ingester->start();
  REQUIRE(ingester->flush().ok());
  CHECK(rows_of(*ingester).size() == 2);
  CHECK(stats_of(*ingester).totals.requests == 2);
  CHECK(stats_of(*ingester).totals.cost.value == 107);
}

TEST_CASE("many starts and kills in a row keep every row and leave no segment") {
  Home home;
  std::vector<std::int64_t> expected;
  for (std::int64_t round = 0; round < 20; ++round) {
    leave_behind(home, {round * 10, round * 10 + 1});
    expected.push_back(round * 10);
    expected.push_back(round * 10 + 1);
  }
  {
    const auto ingester = home.open();
    recovered(*ingester);
    CHECK(numbers_of(rows_of(*ingester)) == expected);
    auto writer = writer_of(*ingester);
    ingester->start();
    settle(*writer, settled(id_at(1'000)));
    writer.reset();
    ingester->stop();
  }
  CHECK(segments_of(home).empty());
  const auto ingester = home.open();
  CHECK(recovered(*ingester).max_request_id == id_at(1'000));
}

TEST_CASE("a process killed at any moment under load loses no row that it was told is written") {
  Home home;
  std::set<std::int64_t> acknowledged;
  for (int round = 0; round < 10; ++round) {
    int told[2];
    REQUIRE(::pipe(told) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
      ::close(told[0]);
      IngesterOptions options = home.options();
      options.segment_bytes = 16 << 10;
      options.batch = std::chrono::milliseconds{1};
      const auto ingester = home.open(options);
      if (!ingester->recover().ok()) ::_exit(2);
      auto writer = ingester->open_writer(0);
      if (!writer) ::_exit(3);
      ingester->start();
      for (std::int64_t i = 0;; ++i) {
        const std::int64_t number = round * 1'000'000 + i;
        if (!(*writer)->reserve().ok() || !(*writer)->append(opened(id_at(number))).ok() ||
            !(*writer)->settle(settled(id_at(number))).ok())
          ::_exit(4);
        if (::write(told[1], &number, sizeof number) != sizeof number) ::_exit(5);
      }
    }
    ::close(told[1]);
    std::int64_t number = 0;
    const int enough = 500 + round * 700;
    for (int i = 0; i < enough && ::read(told[0], &number, sizeof number) == sizeof number; ++i)
      acknowledged.insert(number);
    ::kill(child, SIGKILL);
    while (::read(told[0], &number, sizeof number) == sizeof number) acknowledged.insert(number);
    ::close(told[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    REQUIRE(WIFSIGNALED(status));
  }
  const auto ingester = home.open();
  const Recovery found = recovered(*ingester);
  CHECK(found.damaged_records == 0);
  std::set<std::int64_t> on_file;
  std::int64_t ended = 0;
  for (const RequestRow& row : rows_of(*ingester)) {
    REQUIRE(on_file.insert(row.id.at().value - kNoon.value).second);
    if (row.outcome == ledger::Outcome::succeeded) ++ended;
  }
  CHECK(std::includes(on_file.begin(), on_file.end(), acknowledged.begin(), acknowledged.end()));
  CHECK(on_file.size() <= acknowledged.size() + 10);  // one a round may have been under way
  const StatsReport report = stats_of(*ingester);
  CHECK(report.totals.requests == static_cast<std::int64_t>(on_file.size()));
  CHECK(report.totals.succeeded == ended);
  CHECK(report.totals.cost.value == ended * 100);
}

TEST_CASE("segments of another database are left alone") {
  Home other;
  leave_behind(other, {1});
  Home home;
  { const auto ingester = home.open(); }
  copy_segments(other.ledger(), home.ledger());
  const auto ingester = home.open();
  CHECK(recovered(*ingester).rows == 0);
  const auto writer = writer_of(*ingester);  // does not collide with it
  CHECK(segments_of(home).size() == 2);
}

TEST_CASE("a segment whose header is gone is set aside and said; one that never got a record is removed") {
  Home home;
  leave_behind(home, {1});
  const fs::path segment = segments_of(home).at(0);
  {
    std::fstream file(segment, std::ios::in | std::ios::out | std::ios::binary);
    file.write(std::string(128, 'x').data(), 128);
  }
  std::ofstream(home.ledger() / "0000000001-01-000001.seg") << "AIGW";
  std::ofstream(home.ledger() / "0000000001-02-000001.seg");
  fs::resize_file(home.ledger() / "0000000001-02-000001.seg", 1 << 20);  // its bytes never reached the disk
  const auto ingester = home.open();
  CHECK(recovered(*ingester).damaged_records == 1);
  CHECK(segments_of(home).empty());
  CHECK(fs::exists(segment.string() + ".damaged"));
}
