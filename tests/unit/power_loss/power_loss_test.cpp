#include "ledger/group_sync.hpp"
#include "ledger/segment.hpp"
#include "store/ingester.hpp"
#include "store/setting_repository.hpp"
#include "tests/unit/power_loss/disk.hpp"
#include "tests/unit/store/fixture.hpp"

#include <SQLiteCpp/Database.h>
#include <doctest/doctest.h>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <thread>

using namespace aigw;
using namespace aigw::store;
using namespace aigw::store::test;
using aigw::test::Disk;
using aigw::test::Loss;
using ledger::Durability;

namespace {

constexpr int kLives = 2;
constexpr int kGroupsALife = 5;
constexpr std::size_t kTwiceEvery = 100;  ///< at each such moment the power goes once more, while we recover

constexpr std::size_t kNever = SIZE_MAX;

/// What was written, and since which moment it has to be there.
struct Told {
  std::map<std::int64_t, std::size_t> begun;    ///< ids with an `open` record; then their provider is called
  std::map<std::int64_t, std::size_t> ended;    ///< ids with a `settled` record; then their client has the answer
  std::map<std::string, std::size_t> settings;  ///< an administrator's

  void all_since(std::size_t moment) {
    const auto fill = [&](auto& told) {
      for (auto& [what, since] : told) since = std::min(since, moment);
    };
    fill(begun), fill(ended), fill(settings);
  }
};

class QuietStderr {
 public:
  QuietStderr() : kept_(::dup(STDERR_FILENO)) {
    const files::Handle nowhere(::open("/dev/null", O_WRONLY | O_CLOEXEC));
    ::dup2(nowhere.get(), STDERR_FILENO);
  }
  ~QuietStderr() { ::dup2(kept_.get(), STDERR_FILENO); }

 private:
  files::Handle kept_;
};

void wait_for_sync(ledger::Writer& writer) {
  ledger::GroupSync* sync = writer.group_sync();
  sync->ask();
  while (sync->synced_mark() < sync->last_mark() && !sync->failed())
    std::this_thread::sleep_for(std::chrono::microseconds(50));
}

IngesterOptions options_of(const Home& home, Durability durability) {
  IngesterOptions options = home.options();
  options.durability = durability;
  options.segment_bytes = 2'000;  // they change in the middle of a group
  return options;
}

/// Written, then relied on once it is synced. Between the two it may be there or not.
template <class Write>
void tell(std::map<std::int64_t, std::size_t>& told, const std::vector<RequestId>& ids, ledger::Writer& writer,
          Disk& disk, Write write) {
  for (const RequestId id : ids) {
    told[id.value] = kNever;
    write(id);
  }
  disk.look();
  if (writer.group_sync() == nullptr) return;
  wait_for_sync(writer);
  for (const RequestId id : ids) told[id.value] = disk.moment();
}

/// Side by side, so that they share syncs, and segments change between them.
void begin_some(ledger::Writer& writer, const std::vector<RequestId>& ids, Disk& disk, Told& told) {
  tell(told.begun, ids, writer, disk, [&](RequestId id) {
    REQUIRE(writer.reserve().ok());
    REQUIRE(writer.append(opened(id)).ok());
  });
}

void end_some(ledger::Writer& writer, const std::vector<RequestId>& ids, Disk& disk, Told& told) {
  tell(told.ended, ids, writer, disk, [&](RequestId id) { REQUIRE(writer.settle(settled(id)).ok()); });
}

/// A process that starts, serves on two loops, and ends in peace with one request still running.
void live(Home& home, Durability durability, int life, Disk& disk, Told& told) {
  const auto ingester = home.open(options_of(home, durability));
  recovered(*ingester);
  const std::string name = "life_" + std::to_string(life);
  REQUIRE(ingester->write([&](Database& db) { return SettingRepository(db).set(name, "1"); }).ok());
  told.settings[name] = durability == Durability::full ? disk.moment() : kNever;
  auto first = writer_of(*ingester, 0);
  auto second = writer_of(*ingester, 1);
  std::int64_t number = life * 1'000;
  for (int group = 0; group < kGroupsALife; ++group) {
    ledger::Writer& writer = group % 3 == 0 ? *second : *first;
    const std::vector<RequestId> ids{id_at(number++), id_at(number++), id_at(number++), id_at(number++)};
    begin_some(writer, ids, disk, told);
    end_some(writer, ids, disk, told);
    if (group % 2 == 1) REQUIRE(ingester->flush().ok());
  }
  begin_some(*first, {id_at(number)}, disk, told);
  // What was not flushed stands in the journal alone when the end begins.
  if (durability == Durability::full) return;
  disk.write_back();
  told.all_since(disk.moment());
}

std::string integrity_of(const Home& home) {
  SQLite::Database db(home.db().string(), SQLite::OPEN_READONLY);
  return db.execAndGet("PRAGMA integrity_check").getString();
}

/// The promises, after a loss of power at `moment`.
void check_recovery(Home& home, Durability durability, const Told& told, std::size_t moment) {
  const auto ingester = home.open(options_of(home, durability));
  recovered(*ingester);
  REQUIRE(integrity_of(home) == "ok");
  std::set<std::int64_t> there, ended;
  for (const RequestRow& row : rows_of(*ingester)) {
    REQUIRE(told.begun.contains(row.id.value));
    REQUIRE(there.insert(row.id.value).second);
    if (row.outcome == ledger::Outcome::unknown) continue;
    REQUIRE(row.outcome == ledger::Outcome::succeeded);
    REQUIRE(told.ended.contains(row.id.value));
    REQUIRE(row.cost == NanoUsd{100});
    REQUIRE(row.model_served == "acme-1");
    ended.insert(row.id.value);
  }
  const StatsReport report = stats_of(*ingester);
  REQUIRE(report.totals.requests == static_cast<std::int64_t>(there.size()));
  REQUIRE(report.totals.succeeded == static_cast<std::int64_t>(ended.size()));
  REQUIRE(report.totals.cost.value == report.totals.succeeded * 100);
  for (const auto& [id, since] : told.begun) REQUIRE((since > moment || there.contains(id)));
  for (const auto& [id, since] : told.ended) REQUIRE((since > moment || ended.contains(id)));
  Database db = reader_of(*ingester);
  for (const auto& [name, since] : told.settings)
    REQUIRE((since > moment || (*SettingRepository(db).get(name)).has_value()));
  // Life goes on.
  auto writer = writer_of(*ingester);
  settle(*writer, settled(id_at(1'000'000)));
  REQUIRE(ingester->flush().ok());
  REQUIRE(rows_of(*ingester).size() == there.size() + 1);
}

/// And goes again, at every moment of the recovery from it.
void lose_power_in_recovery(Home& home, Durability durability, const Told& told, std::size_t moment) {
  Disk disk(home.db().parent_path());
  recovered(*home.open(options_of(home, durability)));
  disk.stop();
  Home after;
  for (std::size_t again = Disk::kFirst; again <= disk.moment(); ++again) {
    CAPTURE(again);
    disk.make(after.db().parent_path(), again, again % 2 == 0 ? Loss::all : Loss::torn,
              static_cast<std::uint32_t>(again));
    check_recovery(after, durability, told, moment);
  }
}

/// The power goes at every moment of a recorded run.
void lose_power_at_every_moment(Durability durability) {
  const QuietStderr quiet;  // each damage is said, thousands of times
  Home home;
  Told told;
  Disk disk(home.db().parent_path());
  for (int life = 0; life < kLives; ++life) live(home, durability, life, disk, told);
  disk.stop();
  Home after;
  const auto lose = [&](std::size_t moment, Loss loss) {
    disk.make(after.db().parent_path(), moment, loss, static_cast<std::uint32_t>(moment));
  };
  for (std::size_t moment = Disk::kFirst; moment <= disk.moment(); ++moment) {
    CAPTURE(moment);
    for (const Loss loss : moment % 2 == 0 ? std::array{Loss::all, Loss::pages} : std::array{Loss::bytes, Loss::torn}) {
      CAPTURE(static_cast<int>(loss));
      lose(moment, loss);
      check_recovery(after, durability, told, moment);
    }
    if (moment % kTwiceEvery != 0) continue;
    lose(moment, Loss::pages);
    lose_power_in_recovery(after, durability, told, moment);
  }
}

}  // namespace

TEST_CASE("in full mode a loss of power at any moment keeps every answer and every admin write that was told") {
  lose_power_at_every_moment(Durability::full);
}

TEST_CASE(
    "in normal mode a loss of power at any moment leaves a database that opens, nothing is invented or doubled, and "
    "what the kernel wrote back in time is there") {
  lose_power_at_every_moment(Durability::normal);
}

TEST_CASE("a sync that fails while a segment is changed is not tried again: the kernel would not tell twice") {
  Home home;
  Disk disk(home.db().parent_path());
  const auto ingester = home.open(options_of(home, Durability::full));
  recovered(*ingester);
  const auto writer = writer_of(*ingester);
  for (std::int64_t number = 0;; ++number) {
    REQUIRE(number < 100);
    disk.fail_sync(".seg");
    if (!writer->reserve().ok()) break;  // it wanted the next segment
    disk.fail_sync({});
    REQUIRE(writer->settle(settled(id_at(number))).ok());
    wait_for_sync(*writer);
  }
  for (int i = 0; i < 3; ++i) {
    const Status refused = writer->reserve();
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().kind == ErrorKind::overloaded);
    CHECK(refused.error().text().find("restart") != std::string::npos);
  }
}
