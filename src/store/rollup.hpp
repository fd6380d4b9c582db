#pragma once
// Sums of one batch of rows by hour, key, provider, model and outcome, and how they reach usage_hour and usage_day.
// On the connection's thread.

#include <compare>
#include <cstdint>
#include <map>
#include <optional>

#include "base/money.hpp"
#include "base/tokens.hpp"
#include "ledger/record.hpp"
#include "store/door.hpp"
#include "store/sketch.hpp"

namespace aigw::store {

constexpr std::int64_t kHourMs = 3'600'000;
constexpr std::int64_t kHoursADay = 24;

struct UsageKey {
  std::int64_t period = 0;  ///< hours, or days, since 1970
  std::int64_t key = 0;
  std::int64_t provider = 0;
  std::int64_t model = 0;   ///< the served one, else the requested one
  ledger::Outcome outcome = ledger::Outcome::unknown;
  auto operator<=>(const UsageKey&) const = default;
};

struct UsageSums {
  std::int64_t requests = 0;
  std::int64_t unpriced = 0;
  TokenUsage tokens;
  std::int64_t cost = 0;
  LatencySketch latency;
  LatencySketch ttft;

  void add(ledger::Outcome outcome, const std::optional<TokenUsage>& used, std::optional<std::int64_t> cost_nano,
           std::uint32_t latency_us, std::optional<std::uint32_t> ttft_us);
  void merge(const UsageSums& other);
};

class Rollup {
 public:
  explicit Rollup(SQLite::Database& db);

  UsageSums& at(const UsageKey& hour) { return hours_[hour]; }
  /// Adds the sums to both tables and begins anew. Within a transaction; throws as SQLite does.
  void write();
  void forget() { hours_.clear(); }

 private:
  struct Table {
    Table(SQLite::Database& db, std::string_view name, std::string_view period);
    void add(const UsageKey& key, UsageSums sums);
    SQLite::Statement find;
    SQLite::Statement put;
  };
  std::map<UsageKey, UsageSums> hours_;
  Table by_hour_;
  Table by_day_;
};

/// The columns that UsageSums has in both tables, in the order in which `read_sums` takes them.
constexpr std::string_view kSumColumns = "requests, unpriced, input, cache_read, cache_write, output, reasoning, cost, latency, ttft";
UsageSums read_sums(SQLite::Statement& row, int first_column);

}  // namespace aigw::store
