#pragma once
// A database with its journal in a folder of its own, and a `serve` that can be started and killed over it.

#include "store/ingester.hpp"
#include "store/request_repository.hpp"
#include "store/stats.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

namespace aigw::store::test {

constexpr UnixMillis kNoon{1'795'608'000'000};  // 2026-11-25T12:00Z

/// The n-th id from noon on, one a millisecond.
inline RequestId id_at(std::int64_t n) { return {RequestId::first_at({kNoon.value + n}).value + 1}; }

inline ledger::Settled settled(RequestId id) {
  ledger::Settled record;
  record.id = id;
  record.key = {1};
  record.client_dialect = llm::Dialect::openai_chat;
  record.provider_dialect = llm::Dialect::openai_chat;
  record.operation = llm::Operation::chat;
  record.outcome = ledger::Outcome::succeeded;
  record.status = 200;
  record.usage_source = ledger::UsageSource::provider;
  record.tokens = TokenUsage{10, 2, 3, 5, 1};
  record.cost = NanoUsd{100};
  record.latency_us = 20'000;
  record.ttft_us = 5'000;
  record.bytes_in = 300;
  record.bytes_out = 900;
  record.provider = "acme";
  record.model_requested = "fast";
  record.model_served = "acme-1";
  return record;
}

inline ledger::Open opened(RequestId id) {
  ledger::Open record;
  record.id = id;
  record.key = {1};
  record.client_dialect = llm::Dialect::openai_chat;
  record.operation = llm::Operation::chat;
  record.stream = true;
  record.reserved = {777};
  record.provider = "acme";
  record.model_requested = "fast";
  return record;
}

inline void settle(ledger::Writer& writer, const ledger::Settled& record) {
  REQUIRE(writer.reserve().ok());
  REQUIRE(writer.settle(record).ok());
}

class Home {
 public:
  std::filesystem::path db() const { return dir_ / "aigw.db"; }
  std::filesystem::path ledger() const { return dir_ / "aigw.db.ledger"; }
  std::filesystem::path operator/(const char* name) const { return dir_ / name; }

  IngesterOptions options() const {
    IngesterOptions out;
    out.db = db();
    return out;
  }
  std::unique_ptr<Ingester> open() { return open(options()); }
  std::unique_ptr<Ingester> open(IngesterOptions with) {
    auto lock = files::FileLock::acquire(dir_ / "aigw.db.lock", "test");
    REQUIRE(lock.ok());
    auto made = Ingester::open(std::move(with), *std::move(lock));
    if (!made) FAIL(made.error().text());
    return *std::move(made);
  }

 private:
  aigw::test::TempDir dir_;
};

inline Recovery recovered(Ingester& ingester) {
  auto found = ingester.recover();
  if (!found) FAIL(found.error().text());
  return *found;
}

inline std::unique_ptr<ledger::Writer> writer_of(Ingester& ingester, unsigned loop = 0) {
  auto made = ingester.open_writer(loop);
  if (!made) FAIL(made.error().text());
  return *std::move(made);
}

inline Database reader_of(const Ingester& ingester) {
  auto db = ingester.open_reader();
  if (!db) FAIL(db.error().text());
  return *std::move(db);
}

inline std::vector<RequestRow> rows_of(const Ingester& ingester) {
  Database db = reader_of(ingester);
  auto rows = RequestRepository(db).page_after({}, 1'000'000);
  if (!rows) FAIL(rows.error().text());
  return *std::move(rows);
}

inline StatsReport stats_of(const Ingester& ingester, StatsQuery query = {{0}, {4'000'000'000'000}, {}}) {
  Database db = reader_of(ingester);
  auto report = stats(db, query);
  if (!report) FAIL(report.error().text());
  return *std::move(report);
}

}  // namespace aigw::store::test
