#include "base/request_id.hpp"
#include "ops/requests.hpp"
#include "tests/support/ops_fixture.hpp"

#include <doctest/doctest.h>

#include <optional>

using namespace aigw;
using aigw::test::OpsFixture;

namespace {

constexpr std::int64_t kHour = 3'600'000;
constexpr std::int64_t kDay = 24 * kHour;
constexpr std::int64_t kYear = 365 * kDay;
constexpr int kRequestsAStep = 100;

/// A gateway whose wall clock is set by hand.
struct ClockedGateway : OpsFixture {
  std::unique_ptr<ledger::Writer> writer;
  std::optional<RequestIdMaker> ids;
  RequestId last;
  std::int64_t made = 0;

  ClockedGateway() { start({}); }

  void start(RequestId floor) {
    writer.reset();
    auto opened = ingester->open_writer(static_cast<unsigned>(starts_++));
    REQUIRE(opened.ok());
    writer = *std::move(opened);
    ids.emplace(0, floor);
  }

  void serve_some() {
    for (int i = 0; i < kRequestsAStep; ++i) {
      ledger::Settled row;
      row.id = ids->next(now);
      REQUIRE(row.id > last);
      last = row.id;
      row.key = {1};
      row.outcome = ledger::Outcome::succeeded;
      row.status = 200;
      row.provider = "acme";
      row.model_requested = "rocket-1";
      row.cost = NanoUsd{7};
      REQUIRE(writer->reserve().ok());
      REQUIRE(writer->settle(row).ok());
      ++made;
    }
  }

  store::StatsReport stats_since(std::int64_t since, store::StatsGroup by = {}) const {
    auto usage = ops::stats(context, {{since}, {now.value + 1}, by}, ops::StatsEnd::open);
    REQUIRE(usage.ok());
    return std::move(usage->report);
  }

 private:
  int starts_ = 0;
};

}  // namespace

TEST_CASE("a clock that jumps ahead and back stalls no window, doubles no row, and no id goes back") {
  ClockedGateway gateway;
  const std::int64_t noon = gateway.now.value;
  for (const std::int64_t jump :
       {std::int64_t{0}, kHour, -kHour, kDay, 10 * kYear, 2 * kHour, -kYear, 60 * kYear, 3 * kHour}) {
    CAPTURE(jump);
    gateway.now = {noon + jump};
    gateway.serve_some();
    // What was just served is in the last day's sum, whatever the rows are dated.
    CHECK(gateway.stats_since(gateway.now.value - kDay).totals.requests >= kRequestsAStep);
    const store::StatsReport all = gateway.stats_since(0);
    CHECK(all.totals.requests == gateway.made);
    CHECK(all.totals.cost.value == gateway.made * 7);
    std::int64_t by_hour = 0;
    for (const store::StatsRow& row : gateway.stats_since(0, {.hour = true}).rows) by_hour += row.figures.requests;
    CHECK(by_hour == gateway.made);
    gateway.start(gateway.last);  // and a restart changes nothing of that
  }
}
