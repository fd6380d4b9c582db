#include "store/ingester.hpp"
#include "tests/unit/store/fixture.hpp"

#include <doctest/doctest.h>

#include <sys/resource.h>

#include <cmath>
#include <ctime>
#include <random>

using namespace aigw;
using namespace aigw::store;
using namespace aigw::store::test;

namespace {

double cpu_seconds(int whose) {
  rusage usage{};
  ::getrusage(whose, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

struct Load {
  int keys = 1;
  int in_flight = 0;  ///< requests that are open at any time: so many of each batch began in an earlier one
  int batch = 300;    ///< rows
};

/// What the ingester's thread spends on a row, checkpoints with it.
double ingest_us_a_row(const Load& load) {
  constexpr int kRows = 60'000;
  Home home;
  const auto ingester = home.open();
  recovered(*ingester);
  const auto writer = writer_of(*ingester);
  ingester->start();
  const std::vector<ledger::Attempt> attempts{{"acme", 200, 19'000, ""}};
  std::mt19937 random(1);
  std::lognormal_distribution<double> latency(std::log(20'000.0), 0.5);
  const auto key_of = [&](RequestId id) { return KeyId{1 + id.at().value % load.keys}; };
  const auto begin = [&](RequestId id) {
    ledger::Open record = opened(id);
    record.key = key_of(id);
    REQUIRE(writer->reserve().ok());
    REQUIRE(writer->append(record).ok());
  };
  const auto end = [&](RequestId id) {
    ledger::Settled record = settled(id);
    record.key = key_of(id);
    record.attempts = attempts;
    record.latency_us = static_cast<std::uint32_t>(latency(random));
    record.ttft_us = record.latency_us / 2;
    REQUIRE(writer->settle(record).ok());
  };
  std::vector<RequestId> open;
  for (int i = 0; i < load.in_flight; ++i) begin(open.emplace_back(id_at(i)));
  const auto others = [] { return cpu_seconds(RUSAGE_SELF) - cpu_seconds(RUSAGE_THREAD); };
  const double begun = others();
  for (int i = 0; i < kRows; ++i) {
    RequestId id = id_at(load.in_flight + i);
    begin(id);
    if (!open.empty()) std::swap(id, open[random() % open.size()]);
    end(id);
    if (i % load.batch == load.batch - 1) REQUIRE(ingester->flush().ok());
  }
  const double spent = others() - begun;
  for (const RequestId id : open) end(id);
  REQUIRE(ingester->flush().ok());
  ingester->stop();
  CHECK(stats_of(*ingester).totals.requests == kRows + load.in_flight);
  return spent * 1e6 / kRows;
}

}  // namespace

TEST_CASE("what ingesting a row costs is printed, and all are there: one key") {
  MESSAGE(ingest_us_a_row({}) << " us CPU a row");
}

TEST_CASE("what ingesting a row costs is printed, and all are there: one key, 64 requests in flight") {
  MESSAGE(ingest_us_a_row({.in_flight = 64}) << " us CPU a row");
}

TEST_CASE("what ingesting a row costs is printed, and all are there: 50 keys") {
  MESSAGE(ingest_us_a_row({.keys = 50}) << " us CPU a row");
}

TEST_CASE("what ingesting a row costs is printed, and all are there: 50 keys, 64 requests in flight, batches of 100") {
  MESSAGE(ingest_us_a_row({.keys = 50, .in_flight = 64, .batch = 100}) << " us CPU a row");
}
