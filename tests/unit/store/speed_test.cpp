#include <doctest/doctest.h>
#include <sys/resource.h>

#include "store/ingester.hpp"
#include "tests/unit/store/fixture.hpp"

using namespace aigw;
using namespace aigw::store;
using namespace aigw::store::test;

namespace {

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace

TEST_CASE("100,000 rows: what appending and ingesting cost is printed, and all are there") {
  constexpr int kRows = 100'000;
  Home home;
  const auto ingester = home.open();
  recovered(*ingester);
  const auto writer = writer_of(*ingester);
  const std::vector<ledger::Attempt> attempts{{"acme", 200, 19'000, ""}};
  const double begun = cpu_seconds();
  for (int i = 0; i < kRows; ++i) {
    ledger::Settled record = settled(id_at(i));
    record.attempts = attempts;
    record.latency_us = 10'000 + static_cast<std::uint32_t>(i % 5'000);
    REQUIRE(writer->reserve().ok());
    REQUIRE(writer->append(opened(record.id)).ok());
    REQUIRE(writer->settle(record).ok());
  }
  const double written = cpu_seconds();
  REQUIRE(ingester->flush().ok());
  const double ingested = cpu_seconds();
  MESSAGE("append: " << (written - begun) * 1e6 / kRows / 2 << " us a record; ingest: " << (ingested - written) * 1e6 / kRows << " us CPU a row");
  CHECK(stats_of(*ingester).totals.requests == kRows);
}
