#include "store/stats.hpp"

#include "store/key_repository.hpp"
#include "tests/unit/store/fixture.hpp"

#include <SQLiteCpp/Database.h>
#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>
#include <map>

using namespace aigw;
using namespace aigw::store;
using namespace aigw::store::test;

namespace {

constexpr std::int64_t kHour = 3'600'000;

/// Four days of mixed traffic: rows come up to a day late, in batches, and over two starts.
struct Traffic {
  Home home;
  std::unique_ptr<Ingester> ingester = home.open();
  std::vector<RequestRow> rows;

  Traffic() {
    recovered(*ingester);
    const auto key = ingester->write([](Database& db) {
      return KeyRepository(db).insert({"laptop", "aigw_abc", crypto::sha256("x"), kNoon, std::nullopt});
    });
    REQUIRE(key.ok());
    auto writer = writer_of(*ingester);
    std::uint64_t state = 7;
    const auto random = [&](std::uint64_t below) {
      state = state * 6364136223846793005ULL + 1442695040888963407ULL;
      return static_cast<std::int64_t>((state >> 33) % below);
    };
    std::vector<std::int64_t> times;
    for (std::int64_t at = 0; times.size() < 3'000;) times.push_back(at += 1 + random(230'000));
    for (std::size_t i = 0; i + 750 < times.size(); i += 1 + static_cast<std::size_t>(random(20)))
      std::swap(times[i], times[i + static_cast<std::size_t>(random(750))]);
    for (std::size_t i = 0; i < times.size(); ++i) {
      if (i % 100 == 99) REQUIRE(ingester->flush().ok());
      if (i == 1'500) {
        writer.reset();
        ingester.reset();
        ingester = home.open();
        recovered(*ingester);
        writer = writer_of(*ingester);
      }
      ledger::Settled record = settled(id_at(times[i]));
      record.key = {random(3)};  // none, "laptop", and one that is gone
      record.provider = random(2) == 0 ? "acme" : "zeta";
      record.model_served = random(3) == 0 ? "" : "acme-1";
      record.outcome = static_cast<ledger::Outcome>(1 + random(4));
      record.tokens = TokenUsage{random(1'000), random(100), random(100), random(500), random(50)};
      record.cost = NanoUsd{random(1'000'000)};
      if (random(5) == 0) record.cost.reset();
      if (random(7) == 0) record.tokens.reset();
      record.latency_us = static_cast<std::uint32_t>(1'000 + random(3'000'000));
      record.ttft_us = static_cast<std::uint32_t>(record.latency_us / 2);
      settle(*writer, record);
    }
    REQUIRE(ingester->flush().ok());
    rows = rows_of(*ingester);
    REQUIRE(rows.size() == 3'000);
  }
};

StatsFigures expected_of(const std::vector<RequestRow>& rows, const StatsQuery& query, auto&& belongs) {
  StatsFigures sum;
  for (const RequestRow& row : rows) {
    if (row.id.at() < query.since || row.id.at() >= query.until || !belongs(row)) continue;
    ++sum.requests;
    using ledger::Outcome;
    if (row.outcome == Outcome::succeeded) ++sum.succeeded;
    if (row.outcome == Outcome::failed) ++sum.failed;
    if (row.outcome == Outcome::aborted) ++sum.aborted;
    if (row.outcome == Outcome::refused) ++sum.refused;
    if (!row.cost && (row.tokens || row.outcome == Outcome::succeeded || row.outcome == Outcome::aborted))
      ++sum.unpriced_requests;
    if (row.cost) sum.cost += *row.cost;
    if (!row.tokens) continue;
    sum.tokens.input += row.tokens->input;
    sum.tokens.cache_read += row.tokens->cache_read;
    sum.tokens.cache_write += row.tokens->cache_write;
    sum.tokens.output += row.tokens->output;
    sum.tokens.reasoning += row.tokens->reasoning;
  }
  return sum;
}

void check_same(const StatsFigures& found, const StatsFigures& expected) {
  CHECK(found.requests == expected.requests);
  CHECK(found.succeeded == expected.succeeded);
  CHECK(found.failed == expected.failed);
  CHECK(found.aborted == expected.aborted);
  CHECK(found.refused == expected.refused);
  CHECK(found.unknown == 0);
  CHECK(found.unpriced_requests == expected.unpriced_requests);
  CHECK(found.cost == expected.cost);
  CHECK(found.tokens == expected.tokens);
}

}  // namespace

TEST_CASE("sums equal the sums of the rows, for spans that begin and end anywhere, by every grouping") {
  const Traffic traffic;
  const std::int64_t last = traffic.rows.back().id.at().value;
  const std::int64_t day = 24 * kHour;
  const std::int64_t midnight = kNoon.value + 12 * kHour;
  const std::vector<std::pair<std::int64_t, std::int64_t>> spans = {
      {0, 4'000'000'000'000},
      {kNoon.value, last},
      {kNoon.value + 1'234'567, kNoon.value + 1'300'000},          // within an hour
      {kNoon.value + kHour - 5, kNoon.value + kHour + 5'000'000},  // over its edge
      {kNoon.value + 2 * kHour, kNoon.value + 3 * kHour},          // exactly one
      {midnight, midnight + day},                                  // exactly a day
      {midnight - 7'777'777, midnight + 2 * day + 3'333'333},      // days with ragged ends
      {kNoon.value + 17, last + 1},
      {last, last + 1},
      {last + 1, last + day},
      {kNoon.value, kNoon.value},
  };
  for (const auto& [since, until] : spans) {
    CAPTURE(since - kNoon.value);
    CAPTURE(until - kNoon.value);
    const StatsQuery whole{{since}, {until}, {}};
    check_same(stats_of(*traffic.ingester, whole).totals,
               expected_of(traffic.rows, whole, [](const RequestRow&) { return true; }));
    for (int mask = 1; mask < 16; ++mask) {
      const StatsGroup by{(mask & 1) != 0, (mask & 2) != 0, (mask & 4) != 0, (mask & 8) != 0};
      CAPTURE(mask);
      const StatsQuery query{{since}, {until}, by};
      const StatsReport report = stats_of(*traffic.ingester, query);
      check_same(report.totals, expected_of(traffic.rows, query, [](const RequestRow&) { return true; }));
      std::int64_t in_groups = 0;
      for (const StatsRow& row : report.rows) {
        in_groups += row.figures.requests;
        check_same(row.figures, expected_of(traffic.rows, query, [&](const RequestRow& request) {
                     const std::string& model =
                         request.model_served.empty() ? request.model_requested : request.model_served;
                     const std::string key = !request.key_name.empty() ? request.key_name
                                             : request.key             ? "#" + std::to_string(request.key.value)
                                                                       : "";
                     return (!by.model || model == row.model) && (!by.provider || request.provider == row.provider) &&
                            (!by.key || key == row.key) &&
                            (!by.hour || request.id.at().value / kHour * kHour == row.hour.value);
                   }));
      }
      REQUIRE(in_groups == report.totals.requests);
    }
  }
}

TEST_CASE("quantiles are near the exact ones, of answered requests only") {
  const Traffic traffic;
  std::vector<double> latencies;
  for (const RequestRow& row : traffic.rows)
    if (row.outcome != ledger::Outcome::refused) latencies.push_back(row.latency_us);
  std::sort(latencies.begin(), latencies.end());
  const StatsReport report = stats_of(*traffic.ingester);
  const auto near = [&](std::optional<std::uint32_t> found, double q, double part) {
    const double exact =
        latencies[static_cast<std::size_t>(std::ceil(q * static_cast<double>(latencies.size()))) - 1] * part;
    REQUIRE(found.has_value());
    CHECK(std::abs(*found - exact) <= exact * 0.02 + 1);
  };
  near(report.totals.latency.p50_us, 0.50, 1);
  near(report.totals.latency.p95_us, 0.95, 1);
  near(report.totals.latency.p99_us, 0.99, 1);
  near(report.totals.ttft.p50_us, 0.50, 0.5);
}

TEST_CASE("an empty span has no figures and no quantiles, and a backward one is refused") {
  Home home;
  const auto ingester = home.open();
  recovered(*ingester);
  const StatsReport report = stats_of(*ingester);
  CHECK(report.totals.requests == 0);
  CHECK_FALSE(report.totals.latency.p50_us.has_value());
  CHECK(report.rows.empty());
  Database db = reader_of(*ingester);
  CHECK(stats(db, {{2}, {1}, {}}).error().kind == ErrorKind::bad_request);
}

TEST_CASE("a provider that reports absurd counts does not stop the ledger") {
  Home home;
  const auto ingester = home.open();
  recovered(*ingester);
  const auto writer = writer_of(*ingester);
  for (int i = 0; i < 3; ++i) {
    ledger::Settled record = settled(id_at(i));
    record.tokens->input = INT64_MAX;
    record.cost = NanoUsd{INT64_MAX};
    settle(*writer, record);
    REQUIRE(ingester->flush().ok());
  }
  const StatsReport report = stats_of(*ingester);
  CHECK(report.totals.requests == 3);
  CHECK(report.totals.tokens.input == INT64_MAX);
  CHECK(report.totals.cost.value == INT64_MAX);
}
