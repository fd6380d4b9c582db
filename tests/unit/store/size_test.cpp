// What a large ledger costs: how it is asked, and how much of the disk it takes. Times are measured by tests/bench.

#include "store/check.hpp"
#include "store/retention.hpp"
#include "store/rollup.hpp"
#include "tests/support/ledger_fill.hpp"
#include "tests/unit/store/fixture.hpp"

#include <SQLiteCpp/Database.h>
#include <doctest/doctest.h>
#include <sqlite3.h>

#include <functional>
#include <set>

using namespace aigw;
using namespace aigw::store;
using namespace aigw::store::test;
using aigw::test::LedgerShape;

namespace {

constexpr std::int64_t kRowsADay = 25'000;  // a million in forty days

std::unique_ptr<Ingester> filled(Home& home, std::int64_t days, std::int64_t rows_a_day, int keys = 40) {
  auto ingester = home.open();
  recovered(*ingester);
  REQUIRE(ingester->write([&](Database& db) { return aigw::test::name_keys(db, keys); }).ok());
  REQUIRE(
      aigw::test::fill_ledger(*ingester, {.rows = rows_a_day * days, .until = kNoon, .days = days, .keys = keys}).ok());
  return ingester;
}

int remember(unsigned, void* statements, void* statement, void*) {
  char* const sql = sqlite3_expanded_sql(static_cast<sqlite3_stmt*>(statement));
  if (sql != nullptr) static_cast<std::set<std::string>*>(statements)->insert(sql);
  sqlite3_free(sql);
  return 0;
}

/// How SQLite goes about every statement that `ask` really runs.
std::set<std::string> plans_of(Database& db, const std::function<void(Database&)>& ask) {
  std::set<std::string> statements, plans;
  sqlite3_trace_v2(db.raw().getHandle(), SQLITE_TRACE_STMT, remember, &statements);
  ask(db);
  sqlite3_trace_v2(db.raw().getHandle(), 0, nullptr, nullptr);
  for (const std::string& sql : statements) {
    if (sql.starts_with("BEGIN") || sql.starts_with("COMMIT") || sql.starts_with("PRAGMA")) continue;
    SQLite::Statement plan(db.raw(), "EXPLAIN QUERY PLAN " + sql);
    while (plan.executeStep()) plans.insert(plan.getColumn(3).getString() + "   <- " + sql);
  }
  REQUIRE_FALSE(plans.empty());
  return plans;
}

void check_no_scan(const std::set<std::string>& plans) {
  for (const std::string& plan : plans) CHECK_MESSAGE(plan.find("SCAN") == std::string::npos, plan);
}

}  // namespace

TEST_CASE("no question reads a whole table") {
  Home home;
  const auto ingester = filled(home, 3, 1'000);
  Database db = reader_of(*ingester);
  const RequestRepository requests(db);
  SUBCASE("stats") {
    for (const std::int64_t minutes : {30, 60 * 24, 60 * 24 * 30})
      check_no_scan(plans_of(db, [&](Database& at) {
        CHECK(stats(at, {{kNoon.value - minutes * 60'000}, kNoon, {.model = true, .key = true}}).ok());
      }));
  }
  SUBCASE("tail") {
    check_no_scan(plans_of(db, [&](Database&) {
      const auto start = requests.start_of_last(50);
      CHECK(requests.page_after(*start, 50)->size() == 50);
    }));
  }
  SUBCASE("show") {
    const RequestId last = *requests.max_id();
    check_no_scan(plans_of(db, [&](Database&) { CHECK(requests.find(last)->has_value()); }));
    check_no_scan(plans_of(db, [&](Database&) { CHECK_FALSE(requests.find({last.value + 1})->has_value()); }));
  }
  SUBCASE("retention") {
    REQUIRE(ingester
                ->write([&](Database& at) -> Status {
                  check_no_scan(plans_of(at, [&](Database& inner) {
                    CHECK(remove_old_requests(inner, {.keep = std::chrono::hours(24)}, kNoon, 100)->rows == 100);
                    CHECK(remove_old_requests(inner, {.keep_bytes = 1}, kNoon, 100)->rows > 0);
                  }));
                  return {};
                })
                .ok());
  }
}

TEST_CASE("a start reads no whole table") {
  Home home;
  filled(home, 1, 1'000);
  const auto ingester = home.open();
  REQUIRE(ingester
              ->write([&](Database& at) -> Status {
                check_no_scan(plans_of(at, [&](Database& inner) {
                  CHECK(RequestRepository(inner).max_id().ok());
                  CHECK(RequestRepository(inner).open_rows(10).ok());
                }));
                return {};
              })
              .ok());
}

TEST_CASE("a million requests of a team take less than 120 MB") {
  constexpr std::int64_t kDays = 4;
  Home home;
  {
    const auto ingester = filled(home, kDays, kRowsADay);
    ingester->stop();
  }
  SQLite::Database db(home.db().string(), SQLite::OPEN_READONLY);
  const std::int64_t bytes = db.execAndGet("PRAGMA page_count").getInt64() * 4096;
  const std::int64_t each = bytes / (kRowsADay * kDays);
  MESSAGE(each << " bytes a request");
  CHECK(bytes * 40 / kDays < 120'000'000);
}

TEST_CASE("an hour of many keys reaches its day in small parts, whatever comes between") {
  constexpr int kKeys = 3'000;
  Home home;
  const auto ingester = home.open();
  recovered(*ingester);
  const auto writer = writer_of(*ingester);
  const auto add = [&](std::int64_t ms, int key) {
    ledger::Settled row = settled(id_at(ms));
    row.key = {key};
    settle(*writer, row);
  };
  const auto days_sum = [&] {
    const Database db = reader_of(*ingester);
    return db.raw().execAndGet("SELECT coalesce(sum(requests), 0) FROM usage_day").getInt64();
  };
  for (int key = 1; key <= kKeys; ++key) add(key, key);
  REQUIRE(ingester->flush().ok());
  CHECK(days_sum() == 0);
  std::int64_t in_days = 0;
  int batches = 0;
  for (; in_days < kKeys; ++batches) {
    REQUIRE(batches < 50);
    add(kHourMs + batches, 1);
    // Late ones, of a key that is in its day by now, of one that is not, and of one that the hour has not seen.
    if (batches == 2) add(4'000, 1), add(4'001, kKeys), add(4'002, kKeys + 1);
    REQUIRE(ingester->flush().ok());
    const std::int64_t now = days_sum();
    CHECK(now - in_days < 700);
    in_days = now;
  }
  CHECK(batches >= kKeys / 700);
  for (int i = 0; i < 3; ++i) {
    add(kHourMs + 1'000 + i, 1);
    REQUIRE(ingester->flush().ok());
  }
  CHECK(days_sum() == kKeys + 3);
  const auto report = check_database(home.db(), home.ledger(), CheckDepth::full);
  REQUIRE(report.ok());
  for (const CheckFinding& finding : report->findings) CHECK_MESSAGE(finding.sound, finding.detail);
}
