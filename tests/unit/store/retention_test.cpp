#include "store/retention.hpp"

#include "store/check.hpp"
#include "store/migrations.hpp"
#include "store/rollup.hpp"
#include "tests/unit/store/fixture.hpp"

#include <SQLiteCpp/Database.h>
#include <doctest/doctest.h>

using namespace aigw;
using namespace aigw::store;
using namespace aigw::store::test;
using std::chrono::hours;

namespace {

constexpr std::int64_t kRowsAnHour = 60;

/// Rows over `count` hours from noon on, one a minute.
std::unique_ptr<Ingester> filled(Home& home, int count) {
  auto ingester = home.open();
  recovered(*ingester);
  const auto writer = writer_of(*ingester);
  settle(*writer, settled(id_at(0)));
  for (std::int64_t i = 1; i < count * kRowsAnHour; ++i) settle(*writer, settled(id_at(i * 60'000)));
  REQUIRE(ingester->flush().ok());
  return ingester;
}

Removal remove(Ingester& ingester, const RetentionPolicy& policy, UnixMillis now, int rows_max = 10'000) {
  const auto removed = ingester.write([&](Database& db) { return remove_old_requests(db, policy, now, rows_max); });
  REQUIRE(removed.ok());
  return *removed;
}

UnixMillis at_hour(std::int64_t hour) { return {kNoon.value + hour * kHourMs}; }

std::int64_t requests_between(const Ingester& ingester, UnixMillis since, UnixMillis until) {
  return stats_of(ingester, {since, until, {}}).totals.requests;
}

}  // namespace

TEST_CASE("what is older than the policy keeps goes by whole hours, its sums stay") {
  Home home;
  const auto ingester = filled(home, 30);
  const UnixMillis now{at_hour(30).value - 30 * 60'000};
  const Removal removed = remove(*ingester, {.keep = hours(10)}, now);
  CHECK(removed.rows == 19 * kRowsAnHour);  // the hour that is ten hours ago is not over yet
  CHECK(removed.before == at_hour(19));
  CHECK_FALSE(removed.more);
  CHECK(rows_of(*ingester).size() == 11 * kRowsAnHour);
  CHECK(rows_of(*ingester).front().id.at() == at_hour(19));
  CHECK(stats_of(*ingester).totals.requests == 30 * kRowsAnHour);
  CHECK(remove(*ingester, {.keep = hours(10)}, now).rows == 0);
}

TEST_CASE("old requests go a batch at a time") {
  Home home;
  const auto ingester = filled(home, 5);
  int batches = 0;
  std::int64_t rows = 0;
  for (bool more = true; more; ++batches) {
    const Removal removed = remove(*ingester, {.keep = hours(1)}, at_hour(5), 50);
    CHECK(removed.rows <= 50);
    rows += removed.rows;
    more = removed.more;
  }
  CHECK(rows == 4 * kRowsAnHour);
  CHECK(batches == 5);
}

TEST_CASE("stats of a time whose rows are gone are of whole hours, and so they say") {
  Home home;
  const auto ingester = filled(home, 30);
  remove(*ingester, {.keep = hours(10)}, at_hour(30));
  const UnixMillis since{at_hour(2).value + 600'000}, until{at_hour(5).value + 600'000};
  const StatsReport report = stats_of(*ingester, {since, until, {}});
  CHECK(report.since == at_hour(2));
  CHECK(report.until == at_hour(6));
  CHECK(report.totals.requests == 4 * kRowsAnHour);
  CHECK(report.totals.latency.p50_us.has_value());
  // Where rows are, every minute counts.
  CHECK(requests_between(*ingester, {at_hour(25).value + 600'000}, {at_hour(26).value + 600'000}) == 60);
  CHECK(stats_of(*ingester, {{at_hour(25).value + 600'000}, at_hour(27), {}}).since.value ==
        at_hour(25).value + 600'000);
}

TEST_CASE("stats know all sums when no row is left") {
  Home home;
  const auto ingester = filled(home, 30);
  remove(*ingester, {.keep = hours(1)}, at_hour(400), 100'000);
  CHECK(rows_of(*ingester).empty());
  CHECK(stats_of(*ingester).totals.requests == 30 * kRowsAnHour);
  CHECK(requests_between(*ingester, at_hour(0), at_hour(500)) == 30 * kRowsAnHour);
  CHECK(requests_between(*ingester, at_hour(29), at_hour(500)) == kRowsAnHour);
}

TEST_CASE("by size the oldest hours go until the rest fits, and the pages they had are used again") {
  Home home;
  const auto ingester = filled(home, 100);
  const auto pragma = [&](const char* name) {
    const Database db = reader_of(*ingester);
    return db.raw().execAndGet(std::string("PRAGMA ") + name).getInt64();
  };
  const std::int64_t keep_bytes = pragma("page_count") * 4096 - 100'000;
  int removals = 0;
  for (bool more = true; more; ++removals) {
    const Removal removed = remove(*ingester, {.keep_bytes = keep_bytes}, at_hour(100));
    more = removed.more;
    if (more) CHECK(removed.by_size);
  }
  CHECK(removals > 2);
  CHECK((pragma("page_count") - pragma("freelist_count")) * 4096 <= keep_bytes);
  CHECK(rows_of(*ingester).size() > 50 * kRowsAnHour);
  const std::int64_t pages = pragma("page_count");
  const auto writer = writer_of(*ingester, 1);
  for (int i = 0; i < 1'000; ++i) settle(*writer, settled(id_at(100 * kHourMs + i)));
  REQUIRE(ingester->flush().ok());
  CHECK(pragma("page_count") <= pages + 3);
}

TEST_CASE("an error text goes with the last request that has it, a name stays") {
  Home home;
  const auto ingester = home.open();
  recovered(*ingester);
  const auto writer = writer_of(*ingester);
  const auto failed = [&](std::int64_t hour, std::string_view error, std::string_view attempt) {
    const ledger::Attempt attempts[] = {{"acme", 500, 1'000, attempt}};
    ledger::Settled record = settled(id_at(hour * 60 * 60'000));
    record.outcome = ledger::Outcome::failed;
    record.error = error;
    record.attempts = attempts;
    settle(*writer, record);
    REQUIRE(ingester->flush().ok());
  };
  const auto has = [&](const std::string& text) {
    Database db = reader_of(*ingester);
    return db.raw().execAndGet("SELECT count(*) FROM texts WHERE text = '" + text + "'").getInt() == 1;
  };
  failed(0, "early", "early attempt");
  failed(1, "often", "acme-1");  // what a model is called is a name
  failed(5, "often", "late attempt");

  const RetentionPolicy policy{.keep = hours(3)};
  const Removal removed = remove(*ingester, policy, at_hour(6), 2);
  CHECK(removed.rows == 2);
  CHECK(has("early"));  // in its turn
  CHECK(removed.more);
  CHECK(remove(*ingester, policy, at_hour(6), 2).more);
  CHECK_FALSE(remove(*ingester, policy, at_hour(6), 2).more);
  CHECK_FALSE(has("early"));
  CHECK_FALSE(has("early attempt"));
  for (const char* text : {"often", "late attempt", "acme", "fast", "acme-1"}) CHECK_MESSAGE(has(text), text);

  failed(0, "early", "");  // under way all the time: its text has another id now
  const auto rows = rows_of(*ingester);
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].error == "early");
  CHECK(rows[1].error == "often");
  CHECK(rows[1].attempts[0].error == "late attempt");

  CHECK(remove(*ingester, policy, at_hour(20)).rows == 2);
  CHECK(rows_of(*ingester).empty());
  CHECK_FALSE(has("often"));
}

TEST_CASE("texts of a ledger of the first version stay") {
  Home home;
  REQUIRE(Database::open(home.db(), Database::Mode::write, migrations().first(1)).ok());
  SQLite::Database(home.db().string(), SQLite::OPEN_READWRITE).exec("INSERT INTO texts(text) VALUES('of before')");
  const auto ingester = home.open();
  recovered(*ingester);
  CHECK(remove(*ingester, {.keep = hours(1)}, kNoon).rows == 0);
  CHECK(reader_of(*ingester).raw().execAndGet("SELECT count(*) FROM texts").getInt() == 1);
}

TEST_CASE("a size that is too small keeps the hour that is now") {
  Home home;
  const auto ingester = filled(home, 3);
  for (int i = 0; i < 10; ++i) remove(*ingester, {.keep_bytes = 1}, {at_hour(3).value - 1});
  CHECK(rows_of(*ingester).size() == kRowsAnHour);
}

TEST_CASE("open requests stay, however old") {
  Home home;
  const auto ingester = home.open();
  recovered(*ingester);
  const auto writer = writer_of(*ingester);
  REQUIRE(writer->reserve().ok());
  REQUIRE(writer->append(opened(id_at(0))).ok());
  REQUIRE(ingester->flush().ok());
  remove(*ingester, {.keep = hours(1)}, at_hour(1'000));
  Database db = reader_of(*ingester);
  CHECK(RequestRepository(db).open_rows(10)->size() == 1);
  REQUIRE(writer->settle(settled(id_at(0))).ok());
  REQUIRE(ingester->flush().ok());
  CHECK(rows_of(*ingester).size() == 1);
}

TEST_CASE("a ledger whose old rows are gone checks sound") {
  Home home;
  const auto ingester = filled(home, 60);
  remove(*ingester, {.keep = hours(20)}, at_hour(60), 100'000);
  const auto report = check_database(home.db(), home.ledger(), CheckDepth::full);
  REQUIRE(report.ok());
  for (const CheckFinding& finding : report->findings) CHECK_MESSAGE(finding.sound, finding.detail);
}
