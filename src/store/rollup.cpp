#include "store/rollup.hpp"

#include <algorithm>
#include <limits>
#include <string>

namespace aigw::store {
namespace {

constexpr std::size_t kRemembered = 1024;  // a few MiB: some keys, providers and models of the hours that move now
constexpr std::string_view kHoursInDaysEnd = "usage_day_hours_end";

/// A provider that reports absurd counts must not stop the ledger: sums stay at the largest number instead.
void add_to(std::int64_t& sum, std::int64_t value) {
  if (__builtin_add_overflow(sum, value, &sum))
    sum = value < 0 ? std::numeric_limits<std::int64_t>::min() : std::numeric_limits<std::int64_t>::max();
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
  return !has_cost &&
         (has_tokens || outcome == Outcome::succeeded || outcome == Outcome::aborted || outcome == Outcome::unknown);
}

LatencySketch sketch_in(SQLite::Statement& row, int column) {
  const SQLite::Column blob = row.getColumn(column);
  const std::string_view bytes(static_cast<const char*>(blob.getBlob()), static_cast<std::size_t>(blob.getBytes()));
  return LatencySketch::decode(bytes).value_or(LatencySketch{});
}

void bind_key(SQLite::Statement& statement, int parameter, const UsageKey& key) {
  for (const std::int64_t part : {key.period, key.key, key.provider, key.model, static_cast<std::int64_t>(key.outcome)})
    statement.bind(parameter++, part);
}

UsageKey day_of(UsageKey hour) {
  hour.period /= kHoursADay;
  return hour;
}

}  // namespace

void UsageSums::add(ledger::Outcome outcome, const UsageSample& sample) {
  ++requests;
  if (is_unpriced(outcome, sample.tokens.has_value(), sample.cost.has_value())) ++unpriced;
  if (sample.tokens) add_to(tokens, *sample.tokens);
  add_to(cost, sample.cost.value_or(0));
  // How long a refusal took says nothing about providers, and nobody knows how long an unknown one took.
  if (outcome == ledger::Outcome::refused || outcome == ledger::Outcome::unknown) return;
  latency.add(sample.latency_us);
  if (sample.ttft_us) ttft.add(*sample.ttft_us);
}

void UsageSums::merge(const UsageSums& other) {
  requests += other.requests;
  unpriced += other.unpriced;
  add_to(tokens, other.tokens);
  add_to(cost, other.cost);
  latency.merge(other.latency);
  ttft.merge(other.ttft);
}

UsageKey read_key(SQLite::Statement& row, int first_column) {
  return {int_of(row, first_column), int_of(row, first_column + 1), int_of(row, first_column + 2),
          int_of(row, first_column + 3),
          static_cast<ledger::Outcome>(std::clamp<std::int64_t>(int_of(row, first_column + 4), 0, 5))};
}

UsageSums read_sums(SQLite::Statement& row, int first_column) {
  UsageSums sums;
  int column = first_column;
  for (std::int64_t* sum : {&sums.requests, &sums.unpriced, &sums.tokens.input, &sums.tokens.cache_read,
                            &sums.tokens.cache_write, &sums.tokens.output, &sums.tokens.reasoning, &sums.cost})
    *sum = int_of(row, column++);
  sums.latency = sketch_in(row, column++);
  sums.ttft = sketch_in(row, column);
  return sums;
}

Rollup::Table::Table(SQLite::Database& db, std::string_view name, std::string_view period)
    : db_(db),
      find_(db, "SELECT id, " + std::string(kSumColumns) + " FROM " + std::string(name) + " WHERE " +
                    std::string(period) + " = ? AND key = ? AND provider = ? AND model = ? AND outcome = ?"),
      insert_(db, "INSERT INTO " + std::string(name) + "(" + std::string(kSumColumns) + ", " + std::string(period) +
                      ", key, provider, model, outcome) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
      update_(db, "UPDATE " + std::string(name) + " SET (" + std::string(kSumColumns) +
                      ") = (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) WHERE id = ?") {}

std::size_t Rollup::Table::Hash::operator()(const UsageKey& key) const noexcept {
  std::uint64_t hash = 0;
  for (const std::int64_t part :
       {key.period, key.key, key.provider, key.model, static_cast<std::int64_t>(key.outcome)}) {
    hash = (hash ^ static_cast<std::uint64_t>(part)) * 0x9E3779B97F4A7C15U;
    hash ^= hash >> 32;
  }
  return static_cast<std::size_t>(hash);
}

void Rollup::Table::load(const UsageKey& key, Entry& entry) {
  find_.reset();
  bind_key(find_, 1, key);
  if (find_.executeStep()) {
    entry.id = int_of(find_, 0);
    entry.sums = read_sums(find_, 1);
  }
  find_.reset();
}

UsageSums& Rollup::Table::change(const UsageKey& key) {
  const auto [found, is_new] = entries_.try_emplace(key);
  Entry& entry = found->second;
  if (is_new) load(key, entry);
  if (!entry.changed) changed_.push_back(&*found);
  entry.changed = true;
  return entry.sums;
}

void Rollup::Table::write() {
  for (Entries::value_type* const changed : changed_) {
    auto& [key, entry] = *changed;
    const bool on_file = entry.id != 0;
    SQLite::Statement& put = on_file ? update_ : insert_;
    const UsageSums& sums = entry.sums;
    const std::string latency = sums.latency.encode(), ttft = sums.ttft.encode();
    put.reset();
    int parameter = 1;
    for (const std::int64_t sum : {sums.requests, sums.unpriced, sums.tokens.input, sums.tokens.cache_read,
                                   sums.tokens.cache_write, sums.tokens.output, sums.tokens.reasoning, sums.cost})
      put.bind(parameter++, sum);
    for (const std::string* sketch : {&latency, &ttft})
      put.bindNoCopy(parameter++, sketch->data(), static_cast<int>(sketch->size()));
    if (on_file) {
      put.bind(parameter, entry.id);
    } else {
      bind_key(put, parameter, key);
    }
    put.exec();
    if (!on_file) entry.id = db_.getLastInsertRowid();
    entry.changed = false;
  }
  changed_.clear();
  if (entries_.size() >= kRemembered) entries_.clear();
}

void Rollup::Table::forget() {
  changed_.clear();
  entries_.clear();
}

void Rollup::add(const UsageKey& hour, const UsageSample& sample) {
  if (!closed_before_) closed_before_ = hours_in_days_end(db_);
  hours_.change(hour).add(hour.outcome, sample);
  newest_hour_ = std::max(newest_hour_, hour.period);
  if (hour.period < *closed_before_) days_.change(day_of(hour)).add(hour.outcome, sample);
}

void Rollup::write() {
  hours_.write();
  if (closed_before_ && newest_hour_ > *closed_before_) close_hours_before(newest_hour_);
  days_.write();
}

/// Adds the hours that no day has yet to their days.
void Rollup::close_hours_before(std::int64_t hour) {
  SQLite::Statement row(db_, "SELECT hour, key, provider, model, outcome, " + std::string(kSumColumns) +
                                 " FROM usage_hour WHERE hour >= ? AND hour < ?");
  row.bind(1, *closed_before_);
  row.bind(2, hour);
  while (row.executeStep()) {
    days_.change(day_of(read_key(row, 0))).merge(read_sums(row, 5));
    if (days_.changed_count() >= kRemembered) days_.write();
  }
  SQLite::Statement remember(db_, "INSERT OR REPLACE INTO settings(key, value) VALUES(?, ?)");
  bind_text(remember, 1, kHoursInDaysEnd);
  bind_text(remember, 2, std::to_string(hour));
  remember.exec();
  closed_before_ = hour;
  hours_.forget();
}

void Rollup::forget() {
  hours_.forget();
  days_.forget();
  closed_before_.reset();
  newest_hour_ = 0;
}

std::int64_t hours_in_days_end(SQLite::Database& db) {
  SQLite::Statement row(db, "SELECT CAST(value AS INTEGER) FROM settings WHERE key = ?");
  bind_text(row, 1, kHoursInDaysEnd);
  return row.executeStep() ? int_of(row, 0) : 0;
}

}  // namespace aigw::store
