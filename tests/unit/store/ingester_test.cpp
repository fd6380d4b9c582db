#include "store/ingester.hpp"

#include "base/time.hpp"
#include "ledger/segment.hpp"
#include "store/key_repository.hpp"
#include "store/setting_repository.hpp"
#include "tests/unit/store/fixture.hpp"

#include <SQLiteCpp/Database.h>
#include <doctest/doctest.h>

#include <chrono>
#include <future>
#include <thread>

using namespace aigw;
using namespace aigw::store;
using namespace aigw::store::test;
using namespace std::chrono_literals;

TEST_CASE("a settled request is a row with every field, as soon as somebody asks") {
  Home home;
  const auto ingester = home.open();
  CHECK(recovered(*ingester).max_request_id.value == 0);
  const auto writer = writer_of(*ingester);
  ingester->start();

  const std::vector<ledger::Attempt> attempts{{"acme", 503, 1'000, "upstream_error"}, {"zeta", 200, 19'000, ""}};
  ledger::Settled record = settled(id_at(0));
  record.credential = {9};
  record.provider_dialect = llm::Dialect::anthropic_messages;
  record.stream = true;
  record.outcome = ledger::Outcome::aborted;
  record.usage_source = ledger::UsageSource::estimated;
  record.error = "client_gone: the client left";
  record.attempts = attempts;
  settle(*writer, record);
  REQUIRE(ingester->flush().ok());

  const auto rows = rows_of(*ingester);
  REQUIRE(rows.size() == 1);
  const RequestRow& row = rows[0];
  CHECK(row.id == record.id);
  CHECK(row.key == record.key);
  CHECK(row.key_name.empty());
  CHECK(row.credential == record.credential);
  CHECK(row.client_dialect == llm::Dialect::openai_chat);
  CHECK(row.provider_dialect == llm::Dialect::anthropic_messages);
  CHECK(row.operation == llm::Operation::chat);
  CHECK(row.stream);
  CHECK(row.outcome == ledger::Outcome::aborted);
  CHECK(row.status == 200);
  CHECK(row.usage_source == ledger::UsageSource::estimated);
  CHECK(row.tokens == record.tokens);
  CHECK(row.cost == record.cost);
  CHECK_FALSE(row.held.has_value());
  CHECK(row.latency_us == 20'000);
  CHECK(row.ttft_us == 5'000U);
  CHECK(row.bytes_in == 300);
  CHECK(row.bytes_out == 900);
  CHECK(row.provider == "acme");
  CHECK(row.model_requested == "fast");
  CHECK(row.model_served == "acme-1");
  CHECK(row.error == "client_gone: the client left");
  REQUIRE(row.attempts.size() == 2);
  CHECK(row.attempts[0].provider == "acme");
  CHECK(row.attempts[0].status == 503);
  CHECK(row.attempts[0].latency_us == 1'000);
  CHECK(row.attempts[0].error == "upstream_error");
  CHECK(row.attempts[1].provider == "zeta");
  CHECK(row.attempts[1].error.empty());
}

TEST_CASE("rows arrive by themselves, without anybody asking") {
  Home home;
  IngesterOptions options = home.options();
  options.batch_of_few = 200ms;
  const auto ingester = home.open(options);
  recovered(*ingester);
  const auto writer = writer_of(*ingester);
  ingester->start();
  std::this_thread::sleep_for(30ms);  // it sleeps by now
  settle(*writer, settled(id_at(0)));
  const Instant begun = steady_now();
  while (rows_of(*ingester).empty() && steady_now() - begun < 5s) std::this_thread::sleep_for(5ms);
  CHECK(rows_of(*ingester).size() == 1);
  CHECK(ingester->lag_bytes() == 0);
}

TEST_CASE("few rows wait for more, many do not, and whoever asks sees all at once") {
  Home home;
  IngesterOptions options = home.options();
  options.batch = 1ms;
  options.batch_of_few = 1h;
  const auto ingester = home.open(options);
  recovered(*ingester);
  const auto writer = writer_of(*ingester);
  ingester->start();
  settle(*writer, settled(id_at(0)));
  std::this_thread::sleep_for(100ms);
  CHECK(rows_of(*ingester).empty());
  REQUIRE(ingester->flush().ok());
  CHECK(rows_of(*ingester).size() == 1);
  for (int i = 1; i <= 500; ++i) settle(*writer, settled(id_at(i)));
  const Instant begun = steady_now();
  while (rows_of(*ingester).size() == 1 && steady_now() - begun < 30s) std::this_thread::sleep_for(5ms);
  CHECK(rows_of(*ingester).size() > 1);
  REQUIRE(ingester->flush().ok());
  CHECK(rows_of(*ingester).size() == 501);
}

TEST_CASE("an open request is shown as open, and once when it settled") {
  Home home;
  const auto ingester = home.open();
  recovered(*ingester);
  const auto writer = writer_of(*ingester);
  ingester->start();
  REQUIRE(writer->reserve().ok());
  REQUIRE(writer->append(opened(id_at(0))).ok());
  REQUIRE(ingester->flush().ok());
  {
    Database db = reader_of(*ingester);
    const auto open = RequestRepository(db).open_rows(10);
    REQUIRE(open.ok());
    REQUIRE(open->size() == 1);
    CHECK((*open)[0].held == NanoUsd{777});
    CHECK((*open)[0].model_requested == "fast");
    CHECK((*open)[0].stream);
    CHECK((*RequestRepository(db).find(id_at(0)))->outcome == ledger::Outcome::open);
  }
  CHECK(rows_of(*ingester).empty());
  REQUIRE(writer->settle(settled(id_at(0))).ok());
  REQUIRE(ingester->flush().ok());
  Database db = reader_of(*ingester);
  CHECK(RequestRepository(db).open_rows(10)->empty());
  CHECK((*RequestRepository(db).find(id_at(0)))->outcome == ledger::Outcome::succeeded);
  CHECK_FALSE(RequestRepository(db).find(id_at(1))->has_value());
}

TEST_CASE("several loops write at once over many segments, and every row is there once") {
  Home home;
  IngesterOptions options = home.options();
  options.segment_bytes = 64 << 10;
  options.batch = 1ms;
  const auto ingester = home.open(options);
  recovered(*ingester);
  constexpr int kLoops = 3, kRows = 4'000;
  std::vector<std::unique_ptr<ledger::Writer>> writers;
  for (unsigned loop = 0; loop < kLoops; ++loop) writers.push_back(writer_of(*ingester, loop));
  ingester->start();
  std::vector<std::thread> loops;
  for (unsigned loop = 0; loop < kLoops; ++loop)
    loops.emplace_back([&, loop] {
      RequestIdMaker ids(loop, {});
      for (int i = 0; i < kRows; ++i) {
        const RequestId id = ids.next(kNoon);
        const bool fine = writers[loop]->reserve().ok() && writers[loop]->append(opened(id)).ok() &&
                          writers[loop]->settle(settled(id)).ok();
        if (!fine) return;
      }
    });
  for (auto& loop : loops) loop.join();
  REQUIRE(ingester->flush().ok());
  CHECK(rows_of(*ingester).size() == kLoops * kRows);
  const StatsReport report = stats_of(*ingester);
  CHECK(report.totals.requests == kLoops * kRows);
  CHECK(report.totals.cost.value == 100 * kLoops * kRows);
  writers.clear();
  ingester->stop();
  CHECK(ledger::list_segments(home.ledger())->empty());
}

TEST_CASE("followers get rows in the order in which they settled") {
  Home home;
  const auto ingester = home.open();
  recovered(*ingester);
  const auto writer = writer_of(*ingester);
  ingester->start();
  settle(*writer, settled(id_at(5)));
  REQUIRE(ingester->flush().ok());
  Arrivals seen = ingester->arrivals_after(0, 10);
  CHECK(seen.ids.empty());
  settle(*writer, settled(id_at(9)));
  settle(*writer, settled(id_at(1)));  // began long before
  REQUIRE(ingester->flush().ok());
  seen = ingester->arrivals_after(seen.next, 1);
  CHECK(seen.ids == std::vector<RequestId>{id_at(9)});
  seen = ingester->arrivals_after(seen.next, 10);
  CHECK(seen.ids == std::vector<RequestId>{id_at(1)});
  CHECK_FALSE(seen.missed);
  CHECK(ingester->arrivals_after(seen.next, 10).ids.empty());
}

TEST_CASE("a write is committed when it returns a value and undone when it returns an error") {
  Home home;
  const auto ingester = home.open();
  recovered(*ingester);
  const auto check = [&] {
    const auto answer = ingester->write([](Database& db) -> Result<int> {
      AIGW_TRY(SettingRepository(db).set("colour", "blue"));
      return 7;
    });
    REQUIRE(answer.ok());
    CHECK(*answer == 7);
    const auto refused = ingester->write([](Database& db) -> Status {
      AIGW_TRY(SettingRepository(db).set("colour", "red"));
      return make_error(ErrorKind::conflict, "no");
    });
    CHECK(refused.error().kind == ErrorKind::conflict);
    Database db = reader_of(*ingester);
    CHECK(*SettingRepository(db).get("colour") == "blue");
  };
  SUBCASE("inline") { check(); }
  SUBCASE("on its thread") {
    ingester->start();
    check();
  }
}

TEST_CASE("many writes from many threads beside traffic all succeed") {
  Home home;
  const auto ingester = home.open();
  recovered(*ingester);
  const auto writer = writer_of(*ingester);
  ingester->start();
  std::atomic<int> failed{0};
  std::vector<std::thread> admins;
  for (int admin = 0; admin < 5; ++admin)
    admins.emplace_back([&, admin] {
      for (int i = 0; i < 100; ++i) {
        const auto done = ingester->write([&](Database& db) {
          return AuditRepository(db).add({kNoon, "owner", "test", std::to_string(admin)});
        });
        if (!done) ++failed;
      }
    });
  for (int i = 0; i < 2'000; ++i) settle(*writer, settled(id_at(i)));
  for (auto& admin : admins) admin.join();
  CHECK(failed == 0);
  REQUIRE(ingester->flush().ok());
  Database db = reader_of(*ingester);
  CHECK(AuditRepository(db).last(1'000)->size() == 500);
  CHECK(rows_of(*ingester).size() == 2'000);
}

TEST_CASE("while another program keeps the database locked, nobody waits in the data plane and nothing is lost") {
  Home home;
  IngesterOptions options = home.options();
  options.write_wait = 300ms;
  const auto ingester = home.open(options);
  recovered(*ingester);
  const auto writer = writer_of(*ingester);
  ingester->start();
  {
    SQLite::Database foreign(home.db().string(), SQLite::OPEN_READWRITE);
    foreign.exec("BEGIN EXCLUSIVE");
    for (int i = 0; i < 1'000; ++i) settle(*writer, settled(id_at(i)));
    const Instant begun = steady_now();
    CHECK(ingester->flush().error().kind == ErrorKind::overloaded);
    const auto refused = ingester->write([](Database& db) { return SettingRepository(db).set("x", "y"); });
    CHECK(refused.error().kind == ErrorKind::overloaded);
    CHECK(steady_now() - begun < 3s);
    CHECK(ingester->lag_bytes() > 0);
    // A write that waits is done as soon as the lock goes.
    auto late = std::async(std::launch::async, [&] {
      return ingester->write([](Database& db) { return SettingRepository(db).set("late", "yes"); });
    });
    std::this_thread::sleep_for(50ms);
    foreign.exec("COMMIT");
    CHECK(late.get().ok());
  }
  REQUIRE(ingester->flush().ok());
  CHECK(rows_of(*ingester).size() == 1'000);
  CHECK(stats_of(*ingester).totals.requests == 1'000);
}

TEST_CASE("a batch that fails among its sums is taken back whole, and counts once when it can be written") {
  std::string where;
  SUBCASE("those of hours") { where = "usage_hour WHEN new.key = 6"; }
  SUBCASE("those of days") { where = "usage_day"; }
  Home home;
  const auto ingester = home.open();
  recovered(*ingester);
  const auto writer = writer_of(*ingester);
  const auto run = [&](const std::string& sql) {
    const Status done = ingester->write([&](Database& db) -> Status {
      db.raw().exec(sql);
      return {};
    });
    REQUIRE(done.ok());
  };
  settle(*writer, settled(id_at(0)));
  REQUIRE(ingester->flush().ok());
  run("CREATE TEMP TRIGGER no_room BEFORE INSERT ON " + where + " BEGIN SELECT RAISE(ABORT, 'no room'); END");
  constexpr int kRows = 2'000;
  for (int i = 1; i < kRows; ++i) {
    ledger::Settled record = settled(id_at(std::int64_t{i} * 90'000));  // over two days
    record.key = {i % 7};
    settle(*writer, record);
  }
  REQUIRE_FALSE(ingester->flush().ok());
  CHECK(rows_of(*ingester).size() == 1);
  CHECK(stats_of(*ingester).totals.requests == 1);
  run("DROP TRIGGER no_room");
  settle(*writer, settled(id_at(std::int64_t{kRows} * 90'000)));
  REQUIRE(ingester->flush().ok());
  CHECK(rows_of(*ingester).size() == kRows + 1);
  for (const bool by_hour : {false, true}) {
    const StatsReport report = stats_of(*ingester, {{0}, {4'000'000'000'000}, {.hour = by_hour}});
    CHECK(report.totals.requests == kRows + 1);
    CHECK(report.totals.cost == NanoUsd{100 * (kRows + 1)});
  }
}

TEST_CASE("a reader that stays does not keep rows from arriving, and segments go when it went") {
  Home home;
  IngesterOptions options = home.options();
  options.segment_bytes = 32 << 10;
  const auto ingester = home.open(options);
  recovered(*ingester);
  auto writer = writer_of(*ingester);
  ingester->start();
  for (int i = 0; i < 300; ++i) settle(*writer, settled(id_at(i)));
  REQUIRE(ingester->flush().ok());
  {
    Database reader = reader_of(*ingester);
    const auto moment = ReadMoment::begin(reader);
    REQUIRE(RequestRepository(reader).page_after({}, 1).ok());
    for (int i = 300; i < 1'000; ++i) settle(*writer, settled(id_at(i)));
    REQUIRE(ingester->flush().ok());
    CHECK(rows_of(*ingester).size() == 1'000);
    CHECK(RequestRepository(reader).page_after({}, 10'000)->size() == 300);
    std::this_thread::sleep_for(700ms);
    CHECK(ledger::list_segments(home.ledger())->size() > 1);  // the commit is not in the database file yet
  }
  writer.reset();
  ingester->stop();
  CHECK(ledger::list_segments(home.ledger())->empty());
}

TEST_CASE("when keys were used is known to the minute") {
  Home home;
  const auto ingester = home.open();
  recovered(*ingester);
  const auto writer = writer_of(*ingester);
  const auto key = ingester->write([](Database& db) {
    return KeyRepository(db).insert({"laptop", "aigw_abc", crypto::sha256("x"), kNoon, std::nullopt});
  });
  REQUIRE(key.ok());
  ingester->start();
  const auto use_at = [&](std::int64_t millis) {
    ledger::Settled record = settled(id_at(millis));
    record.key = key->id;
    settle(*writer, record);
    REQUIRE(ingester->flush().ok());
    Database db = reader_of(*ingester);
    return (*KeyRepository(db).find(key->id))->last_used->value - kNoon.value;
  };
  CHECK(use_at(10) == 10);
  CHECK(use_at(59'000) == 10);
  CHECK(use_at(61'000) == 61'000);
  CHECK(use_at(5) == 61'000);  // a request that took long does not turn the clock back
  CHECK(rows_of(*ingester)[0].key_name == "laptop");
}

TEST_CASE("two processes cannot own one database") {
  Home home;
  const auto ingester = home.open();
  const auto second = files::FileLock::acquire(home / "aigw.db.lock", "second");
  REQUIRE_FALSE(second.ok());
  CHECK(second.error().message.find("(test)") != std::string::npos);
}
