#pragma once
// Sums of rows by hour, key, provider, model and outcome, and how they reach usage_hour and usage_day.
// On the connection's thread.

#include "base/money.hpp"
#include "base/request_id.hpp"
#include "base/tokens.hpp"
#include "ledger/record.hpp"
#include "store/door.hpp"
#include "store/sketch.hpp"

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace aigw::store {

constexpr std::int64_t kHourMs = 3'600'000;
constexpr std::int64_t kHoursADay = 24;

struct UsageKey {
  std::int64_t period = 0;  ///< hours, or days, since 1970
  std::int64_t key = 0;
  std::int64_t provider = 0;
  std::int64_t model = 0;  ///< the served one, else the requested one
  ledger::Outcome outcome = ledger::Outcome::unknown;
  auto operator<=>(const UsageKey&) const = default;
};

/// What a row brings to its sums.
struct UsageSample {
  std::optional<TokenUsage> tokens;
  std::optional<std::int64_t> cost;  ///< nanodollars
  std::uint32_t latency_us = 0;
  std::optional<std::uint32_t> ttft_us;
};

struct UsageSums {
  std::int64_t requests = 0;
  std::int64_t unpriced = 0;
  TokenUsage tokens;
  std::int64_t cost = 0;
  LatencySketch latency;
  LatencySketch ttft;

  void add(ledger::Outcome outcome, const UsageSample& sample);
  void merge(const UsageSums& other);
};

/// The sums of the hours that rows come for now stay in memory; what a batch changed is written with it. A day gets
/// those of an hour when rows of a later hour come, some with each batch, and after that each late row itself.
class Rollup {
 public:
  explicit Rollup(SQLite::Database& db) : db_(db), hours_(db, "usage_hour", "hour"), days_(db, "usage_day", "day") {}

  /// The functions that follow: within a transaction; they throw as SQLite does, and then `forget` must follow.
  void add(const UsageKey& hour, const UsageSample& sample);
  /// Writes what changed.
  void write();
  /// After a rollback: memory is no longer what is on file.
  void forget();

 private:
  class Table {
   public:
    Table(SQLite::Database& db, std::string_view name, std::string_view period);
    /// The sums as they are by now, to be added to.
    UsageSums& change(const UsageKey& key);
    std::size_t changed_count() const { return changed_.size(); }
    void write();
    void forget();

   private:
    struct Entry {
      UsageSums sums;
      std::int64_t id = 0;  ///< 0: not on file
      bool changed = false;
    };
    struct Hash {
      std::size_t operator()(const UsageKey& key) const noexcept;
    };
    using Entries = std::unordered_map<UsageKey, Entry, Hash>;
    void load(const UsageKey& key, Entry& entry);

    SQLite::Database& db_;
    Entries entries_;
    std::vector<Entries::value_type*> changed_;
    SQLite::Statement find_;
    SQLite::Statement insert_;
    SQLite::Statement update_;
  };
  void close_hours(std::size_t count_max);

  SQLite::Database& db_;
  Table hours_;
  Table days_;
  std::optional<UsageKey> in_days_before_;  ///< none: not read yet
  std::int64_t newest_hour_ = 0;            ///< that rows came for
};

/// The sums of usage_hour before this one, in the order of the keys, are in usage_day; its hour is the first that is
/// not wholly there.
UsageKey in_days_before(SQLite::Database& db);
/// Within a transaction.
void set_in_days_before(SQLite::Database& db, const UsageKey& key);

/// What the rows from `from` on to before `to` come to, by hour.
std::map<UsageKey, UsageSums> sums_of_rows(SQLite::Database& db, RequestId from, RequestId to);

enum class Period : std::uint8_t { hour, day };
/// What usage_hour or usage_day says of the periods from `from` on to before `to`.
std::map<UsageKey, UsageSums> sums_in_table(SQLite::Database& db, Period period, std::int64_t from, std::int64_t to);
/// In the place of what it says of this key.
void put_sums(SQLite::Database& db, Period period, const UsageKey& key, const UsageSums& sums);
/// What the hours before `end`, in the order of keys, come to by day.
std::map<UsageKey, UsageSums> days_of_hours(const std::map<UsageKey, UsageSums>& hours, const UsageKey& end);

/// The first hour (since 1970) whose rows are all there: older ones may have been removed, and only their sums are
/// kept.
std::int64_t rows_whole_from(SQLite::Database& db);
/// Never goes back. Within a transaction.
void set_rows_whole_from(SQLite::Database& db, std::int64_t hour);

/// The columns that UsageSums has in both tables, in the order in which `read_sums` takes them.
constexpr std::string_view kSumColumns =
    "requests, unpriced, input, cache_read, cache_write, output, reasoning, cost, latency, ttft";
UsageKey read_key(SQLite::Statement& row, int first_column);  ///< period, key, provider, model, outcome
UsageSums read_sums(SQLite::Statement& row, int first_column);

}  // namespace aigw::store
