#include "store/rollup.hpp"

#include <limits>

namespace aigw::store {
namespace {

/// A provider that reports absurd counts must not stop the ledger: sums stay at the largest number instead.
void add_to(std::int64_t& sum, std::int64_t value) {
  if (__builtin_add_overflow(sum, value, &sum)) sum = value < 0 ? std::numeric_limits<std::int64_t>::min() : std::numeric_limits<std::int64_t>::max();
}

void add_to(TokenUsage& sum, const TokenUsage& value) {
  add_to(sum.input, value.input);
  add_to(sum.cache_read, value.cache_read);
  add_to(sum.cache_write, value.cache_write);
  add_to(sum.output, value.output);
  add_to(sum.reasoning, value.reasoning);
}

/// Somebody was served, or may have been, at a price that nobody knows. A refusal or a provider's error costs nothing.
bool is_unpriced(ledger::Outcome outcome, bool has_tokens, bool has_cost) {
  using ledger::Outcome;
  return !has_cost && (has_tokens || outcome == Outcome::succeeded || outcome == Outcome::aborted || outcome == Outcome::unknown);
}

LatencySketch sketch_in(SQLite::Statement& row, int column) {
  const SQLite::Column blob = row.getColumn(column);
  const std::string_view bytes(static_cast<const char*>(blob.getBlob()), static_cast<std::size_t>(blob.getBytes()));
  return LatencySketch::decode(bytes).value_or(LatencySketch{});
}

void bind_sketch(SQLite::Statement& statement, int parameter, const LatencySketch& sketch) {
  const std::string bytes = sketch.encode();
  statement.bind(parameter, static_cast<const void*>(bytes.data()), static_cast<int>(bytes.size()));
}

void bind_key(SQLite::Statement& statement, const UsageKey& key) {
  statement.bind(1, key.period);
  statement.bind(2, key.key);
  statement.bind(3, key.provider);
  statement.bind(4, key.model);
  statement.bind(5, static_cast<int>(key.outcome));
}

}  // namespace

void UsageSums::add(ledger::Outcome outcome, const std::optional<TokenUsage>& used, std::optional<std::int64_t> cost_nano,
                    std::uint32_t latency_us, std::optional<std::uint32_t> ttft_us) {
  ++requests;
  if (is_unpriced(outcome, used.has_value(), cost_nano.has_value())) ++unpriced;
  if (used) add_to(tokens, *used);
  add_to(cost, cost_nano.value_or(0));
  // How long a refusal took says nothing about providers, and nobody knows how long an unknown one took.
  if (outcome == ledger::Outcome::refused || outcome == ledger::Outcome::unknown) return;
  latency.add(latency_us);
  if (ttft_us) ttft.add(*ttft_us);
}

void UsageSums::merge(const UsageSums& other) {
  requests += other.requests;
  unpriced += other.unpriced;
  add_to(tokens, other.tokens);
  add_to(cost, other.cost);
  latency.merge(other.latency);
  ttft.merge(other.ttft);
}

UsageSums read_sums(SQLite::Statement& row, int first_column) {
  UsageSums sums;
  int column = first_column;
  for (std::int64_t* sum : {&sums.requests, &sums.unpriced, &sums.tokens.input, &sums.tokens.cache_read, &sums.tokens.cache_write,
                            &sums.tokens.output, &sums.tokens.reasoning, &sums.cost})
    *sum = int_of(row, column++);
  sums.latency = sketch_in(row, column++);
  sums.ttft = sketch_in(row, column);
  return sums;
}

Rollup::Table::Table(SQLite::Database& db, std::string_view name, std::string_view period)
    : find(db, "SELECT " + std::string(kSumColumns) + " FROM " + std::string(name) + " WHERE " + std::string(period) +
                   " = ? AND key = ? AND provider = ? AND model = ? AND outcome = ?"),
      put(db, "INSERT OR REPLACE INTO " + std::string(name) + "(" + std::string(period) + ", key, provider, model, outcome, " +
                  std::string(kSumColumns) + ") VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)") {}

void Rollup::Table::add(const UsageKey& key, UsageSums sums) {
  find.reset();
  bind_key(find, key);
  if (find.executeStep()) sums.merge(read_sums(find, 0));
  find.reset();

  put.reset();
  bind_key(put, key);
  int parameter = 6;
  for (const std::int64_t sum : {sums.requests, sums.unpriced, sums.tokens.input, sums.tokens.cache_read, sums.tokens.cache_write,
                                 sums.tokens.output, sums.tokens.reasoning, sums.cost})
    put.bind(parameter++, sum);
  bind_sketch(put, parameter++, sums.latency);
  bind_sketch(put, parameter, sums.ttft);
  put.exec();
}

Rollup::Rollup(SQLite::Database& db) : by_hour_(db, "usage_hour", "hour"), by_day_(db, "usage_day", "day") {}

void Rollup::write() {
  std::map<UsageKey, UsageSums> days;
  for (const auto& [key, sums] : hours_) {
    by_hour_.add(key, sums);
    UsageKey day = key;
    day.period /= kHoursADay;
    days[day].merge(sums);
  }
  for (const auto& [key, sums] : days) by_day_.add(key, sums);
  hours_.clear();
}

}  // namespace aigw::store
