#include "store/rollup.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <string>

namespace aigw::store {
namespace {

constexpr std::size_t kRemembered = 1024;   // a few MiB: some keys, providers and models of the hours that move now
constexpr std::size_t kClosedAWrite = 500;  // 10 ms: with many keys an hour has thousands of sums, and others wait
constexpr std::string_view kInDaysBefore = "usage_day_hours_end";
constexpr std::string_view kRowsWholeFrom = "requests_whole_from";
constexpr std::int64_t kNone = -1;       // before every id
constexpr std::int64_t kOutcomeEnd = 6;  // behind the last outcome

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

UsageKey just_behind(UsageKey key) {
  key.outcome = static_cast<ledger::Outcome>(static_cast<int>(key.outcome) + 1);
  return key;
}

std::string to_text(const UsageKey& key) {
  std::string out;
  for (const std::int64_t part : {key.period, key.key, key.provider, key.model, static_cast<std::int64_t>(key.outcome)})
    out += (out.empty() ? "" : " ") + std::to_string(part);
  return out;
}

void set(SQLite::Database& db, std::string_view key, const std::string& value) {
  SQLite::Statement put(db, "INSERT OR REPLACE INTO settings(key, value) VALUES(?, ?)");
  bind_text(put, 1, key);
  put.bind(2, value);
  put.exec();
}

std::string table_of(Period period) { return period == Period::hour ? "usage_hour" : "usage_day"; }
std::string column_of(Period period) { return period == Period::hour ? "hour" : "day"; }

/// As kSumColumns says. The sketches' bytes must live until it has run.
int bind_sums(SQLite::Statement& put, const UsageSums& sums, const std::string& latency, const std::string& ttft) {
  int parameter = 1;
  for (const std::int64_t sum : {sums.requests, sums.unpriced, sums.tokens.input, sums.tokens.cache_read,
                                 sums.tokens.cache_write, sums.tokens.output, sums.tokens.reasoning, sums.cost})
    put.bind(parameter++, sum);
  for (const std::string* sketch : {&latency, &ttft})
    put.bindNoCopy(parameter++, sketch->data(), static_cast<int>(sketch->size()));
  return parameter;
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

std::map<UsageKey, UsageSums> sums_of_rows(SQLite::Database& db, RequestId from, RequestId to) {
  SQLite::Statement row(db,
                        "SELECT id, coalesce(key, 0), coalesce(provider, 0), coalesce(model_served, model_requested, "
                        "0), outcome, input, cache_read, cache_write, output, reasoning, cost, latency_us, ttft_us "
                        "FROM requests WHERE id >= ? AND id < ? ORDER BY id");
  row.bind(1, from.value);
  row.bind(2, to.value);
  std::map<UsageKey, UsageSums> sums;
  while (row.executeStep()) {
    UsageKey key = read_key(row, 0);
    key.period = RequestId{key.period}.at().value / kHourMs;
    UsageSample sample;
    if (!row.isColumnNull(5))
      sample.tokens = TokenUsage{int_of(row, 5), int_of(row, 6), int_of(row, 7), int_of(row, 8), int_of(row, 9)};
    sample.cost = maybe_int_of(row, 10);
    sample.latency_us = static_cast<std::uint32_t>(int_of(row, 11));
    if (const auto value = maybe_int_of(row, 12)) sample.ttft_us = static_cast<std::uint32_t>(*value);
    sums[key].add(key.outcome, sample);
  }
  return sums;
}

std::map<UsageKey, UsageSums> sums_in_table(SQLite::Database& db, Period period, std::int64_t from, std::int64_t to) {
  const std::string column = column_of(period);
  SQLite::Statement row(db, "SELECT " + column + ", key, provider, model, outcome, " + std::string(kSumColumns) +
                                " FROM " + table_of(period) + " WHERE " + column + " >= ? AND " + column + " < ?");
  row.bind(1, from);
  row.bind(2, to);
  std::map<UsageKey, UsageSums> out;
  while (row.executeStep()) out.emplace(read_key(row, 0), read_sums(row, 5));
  return out;
}

void put_sums(SQLite::Database& db, Period period, const UsageKey& key, const UsageSums& sums) {
  SQLite::Statement put(db, "INSERT OR REPLACE INTO " + table_of(period) + "(" + std::string(kSumColumns) + ", " +
                                column_of(period) +
                                ", key, provider, model, outcome) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  const std::string latency = sums.latency.encode(), ttft = sums.ttft.encode();
  bind_key(put, bind_sums(put, sums, latency, ttft), key);
  put.exec();
}

std::map<UsageKey, UsageSums> days_of_hours(const std::map<UsageKey, UsageSums>& hours, const UsageKey& end) {
  std::map<UsageKey, UsageSums> out;
  for (auto hour = hours.begin(); hour != hours.end() && hour->first < end; ++hour)
    out[day_of(hour->first)].merge(hour->second);
  return out;
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
    const int parameter = bind_sums(put, sums, latency, ttft);
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
  if (!in_days_before_) in_days_before_ = in_days_before(db_);
  hours_.change(hour).add(hour.outcome, sample);
  newest_hour_ = std::max(newest_hour_, hour.period);
  if (hour < *in_days_before_) days_.change(day_of(hour)).add(hour.outcome, sample);
}

void Rollup::write() {
  const std::size_t changed = hours_.changed_count();
  hours_.write();
  if (in_days_before_ && newest_hour_ > in_days_before_->period) close_hours(kClosedAWrite + 2 * changed);
  days_.write();
}

/// Adds sums of hours before the newest one, that no day has yet, to their days: at most so many.
void Rollup::close_hours(std::size_t count_max) {
  SQLite::Statement row(db_, "SELECT hour, key, provider, model, outcome, " + std::string(kSumColumns) +
                                 " FROM usage_hour WHERE (hour, key, provider, model, outcome) >= (?, ?, ?, ?, ?) "
                                 "AND hour < ? ORDER BY hour, key, provider, model, outcome LIMIT ?");
  bind_key(row, 1, *in_days_before_);
  row.bind(6, newest_hour_);
  row.bind(7, static_cast<std::int64_t>(count_max));
  UsageKey last;
  std::size_t count = 0;
  for (; row.executeStep(); ++count) {
    last = read_key(row, 0);
    days_.change(day_of(last)).merge(read_sums(row, 5));
    if (days_.changed_count() >= kRemembered) days_.write();
  }
  const bool all = count < count_max;
  in_days_before_ = all ? UsageKey{newest_hour_, kNone, kNone, kNone, {}} : just_behind(last);
  set_in_days_before(db_, *in_days_before_);
  if (all) hours_.forget();
}

void Rollup::forget() {
  hours_.forget();
  days_.forget();
  in_days_before_.reset();
  newest_hour_ = 0;
}

UsageKey in_days_before(SQLite::Database& db) {
  UsageKey key{0, kNone, kNone, kNone, {}};
  SQLite::Statement row(db, "SELECT value FROM settings WHERE key = ?");
  bind_text(row, 1, kInDaysBefore);
  if (!row.executeStep()) return key;
  const std::string text = text_of(row, 0);
  std::int64_t outcome = 0;
  const char* at = text.data();
  for (std::int64_t* part : {&key.period, &key.key, &key.provider, &key.model, &outcome}) {
    at = std::from_chars(at, text.data() + text.size(), *part).ptr;
    if (at != text.data() + text.size()) ++at;
  }
  key.outcome = static_cast<ledger::Outcome>(std::clamp<std::int64_t>(outcome, 0, kOutcomeEnd));
  return key;
}

void set_in_days_before(SQLite::Database& db, const UsageKey& key) { set(db, kInDaysBefore, to_text(key)); }

std::int64_t rows_whole_from(SQLite::Database& db) {
  SQLite::Statement row(db, "SELECT CAST(value AS INTEGER) FROM settings WHERE key = ?");
  bind_text(row, 1, kRowsWholeFrom);
  return row.executeStep() ? int_of(row, 0) : 0;
}

void set_rows_whole_from(SQLite::Database& db, std::int64_t hour) {
  if (hour <= rows_whole_from(db)) return;
  set(db, kRowsWholeFrom, std::to_string(hour));
}

}  // namespace aigw::store
