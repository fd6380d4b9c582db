#include "store/row_writer.hpp"

#include <sqlite3.h>

#include <algorithm>

#include "store/attempts.hpp"

namespace aigw::store {
namespace {

constexpr std::int64_t kUsedResolutionMs = 60'000;  // "last used" to the minute: a busy key costs one write a minute
constexpr std::size_t kUsedRemembered = 4096;

/// 0 stands for none.
std::optional<std::int64_t> none_if_zero(std::int64_t id) { return id == 0 ? std::nullopt : std::optional(id); }

std::int64_t number_of(auto enumerator) { return static_cast<std::int64_t>(enumerator); }

}  // namespace

RowWriter::RowWriter(SQLite::Database& db)
    : db_(db),
      texts_(db),
      rollup_(db),
      insert_(db, "INSERT OR IGNORE INTO requests(id, key, credential, client_dialect, provider_dialect, operation, stream, outcome, status, "
                  "usage_source, input, cache_read, cache_write, output, reasoning, cost, held, latency_us, ttft_us, bytes_in, bytes_out, provider, "
                  "model_requested, model_served, error, attempts) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,NULL,?,?,?,?,?,?,?,?,?)"),
      insert_open_(db, "INSERT OR IGNORE INTO requests_open(id, key, client_dialect, operation, stream, reserved, provider, model_requested) "
                       "VALUES(?,?,?,?,?,?,?,?)"),
      delete_open_(db, "DELETE FROM requests_open WHERE id = ?"),
      touch_key_(db, "UPDATE issued_keys SET last_used_ms = max(coalesce(last_used_ms, 0), ?) WHERE id = ?") {
  SQLite::Statement open(db, "SELECT id FROM requests_open WHERE id > 0 ORDER BY id");
  while (open.executeStep()) open_on_file_.insert(int_of(open, 0));
}

void RowWriter::add(const ledger::Open& record) {
  max_id_ = std::max(max_id_, record.id);
  opened_.insert_or_assign(record.id.value, OpenRow{record.key, record.client_dialect, record.operation, record.stream, record.reserved,
                                                    texts_.id_of(record.provider), texts_.id_of(record.model_requested)});
}

void RowWriter::add(const ledger::Settled& record) {
  max_id_ = std::max(max_id_, record.id);
  if (opened_.erase(record.id.value) == 0) delete_open(record.id.value);
  const std::int64_t provider = texts_.id_of(record.provider);
  const std::int64_t requested = texts_.id_of(record.model_requested);
  const std::int64_t served = texts_.id_of(record.model_served);
  std::vector<StoredAttempt> attempts;
  attempts.reserve(record.attempts.size());
  for (const ledger::Attempt& attempt : record.attempts)
    attempts.push_back({attempt.status, attempt.latency_us, texts_.id_of(attempt.provider), texts_.id_of(attempt.error)});
  const std::string blob = encode_attempts(attempts);

  insert_.reset();
  int parameter = 1;
  const auto put = [&](std::int64_t value) { insert_.bind(parameter++, value); };
  const auto put_maybe = [&](std::optional<std::int64_t> value) { bind_maybe(insert_, parameter++, value); };
  const auto tokens = record.tokens;
  put(record.id.value);
  put_maybe(none_if_zero(record.key.value));
  put_maybe(none_if_zero(record.credential.value));
  put(number_of(record.client_dialect));
  put(number_of(record.provider_dialect));
  put(number_of(record.operation));
  put(record.stream ? 1 : 0);
  put(number_of(record.outcome));
  put(record.status);
  put(number_of(record.usage_source));
  for (const auto bucket : {&TokenUsage::input, &TokenUsage::cache_read, &TokenUsage::cache_write, &TokenUsage::output, &TokenUsage::reasoning})
    put_maybe(tokens ? std::optional((*tokens).*bucket) : std::nullopt);
  put_maybe(record.cost ? std::optional(record.cost->value) : std::nullopt);
  put(record.latency_us);
  put_maybe(record.ttft_us);
  put(record.bytes_in);
  put(record.bytes_out);
  put_maybe(none_if_zero(provider));
  put_maybe(none_if_zero(requested));
  put_maybe(none_if_zero(served));
  put_maybe(none_if_zero(texts_.id_of(record.error)));
  if (blob.empty()) {
    insert_.bind(parameter);
  } else {
    insert_.bind(parameter, static_cast<const void*>(blob.data()), static_cast<int>(blob.size()));
  }
  if (insert_.exec() == 0) return;  // there already: an earlier process came so far
  count(record.id, {0, record.key.value, provider, served != 0 ? served : requested, record.outcome}, record);
}

void RowWriter::count(RequestId id, const UsageKey& key, const ledger::Settled& record) {
  UsageKey hour = key;
  hour.period = id.at().value / kHourMs;
  rollup_.add(hour, {record.tokens, record.cost ? std::optional(record.cost->value) : std::nullopt, record.latency_us,
                     record.ttft_us});
  inserted_.push_back(id);
  if (key.key != 0) {
    std::int64_t& used = used_[key.key];
    used = std::max(used, id.at().value);
  }
}

void RowWriter::delete_open(std::int64_t id) {
  if (!open_on_file_.contains(id)) return;
  delete_open_.reset();
  delete_open_.bind(1, id);
  delete_open_.exec();
  closed_.push_back(id);
}

void RowWriter::write_open(std::int64_t id, const OpenRow& row) {
  insert_open_.reset();
  insert_open_.bind(1, id);
  bind_maybe(insert_open_, 2, none_if_zero(row.key.value));
  insert_open_.bind(3, number_of(row.client_dialect));
  insert_open_.bind(4, number_of(row.operation));
  insert_open_.bind(5, row.stream ? 1 : 0);
  insert_open_.bind(6, row.reserved.value);
  bind_maybe(insert_open_, 7, none_if_zero(row.provider));
  bind_maybe(insert_open_, 8, none_if_zero(row.model_requested));
  insert_open_.exec();
}

void RowWriter::touch_keys() {
  for (auto entry = used_.begin(); entry != used_.end();) {
    const auto written = used_on_file_.find(entry->first);
    if (written != used_on_file_.end() && entry->second < written->second + kUsedResolutionMs) {
      entry = used_.erase(entry);
      continue;
    }
    touch_key_.reset();
    touch_key_.bind(1, entry->second);
    touch_key_.bind(2, entry->first);
    touch_key_.exec();
    ++entry;
  }
}

void RowWriter::finish() {
  for (const auto& [id, row] : opened_) write_open(id, row);
  rollup_.write();
  touch_keys();
}

void RowWriter::committed() {
  for (const auto& [id, row] : opened_) open_on_file_.insert(id);
  for (const std::int64_t id : closed_) open_on_file_.erase(id);
  if (used_on_file_.size() + used_.size() > kUsedRemembered) used_on_file_.clear();
  for (const auto& [key, at] : used_) used_on_file_[key] = at;
  opened_.clear();
  closed_.clear();
  used_.clear();
  inserted_.clear();
}

void RowWriter::rolled_back() {
  texts_.forget();
  rollup_.forget();
  opened_.clear();
  closed_.clear();
  used_.clear();
  inserted_.clear();
}

std::int64_t RowWriter::settle_open_as_unknown() {
  SQLite::Statement open(db_, "SELECT id, key, client_dialect, operation, stream, reserved, provider, model_requested FROM requests_open "
                              "WHERE id > 0 ORDER BY id");
  SQLite::Statement insert(db_, "INSERT OR IGNORE INTO requests(id, key, client_dialect, provider_dialect, operation, stream, outcome, status, "
                                "usage_source, held, latency_us, bytes_in, bytes_out, provider, model_requested) "
                                "VALUES(?,?,?,0,?,?,?,0,0,?,0,0,0,?,?)");
  std::int64_t settled = 0;
  while (open.executeStep()) {
    const RequestId id{int_of(open, 0)};
    insert.reset();
    int parameter = 1;
    for (const int column : {0, 1, 2, 3, 4}) bind_maybe(insert, parameter++, maybe_int_of(open, column));
    insert.bind(parameter++, number_of(ledger::Outcome::unknown));
    for (const int column : {5, 6, 7}) bind_maybe(insert, parameter++, maybe_int_of(open, column));
    max_id_ = std::max(max_id_, id);
    closed_.push_back(id.value);
    if (insert.exec() == 0) continue;
    ++settled;
    ledger::Settled nothing_known;
    count(id, {0, maybe_int_of(open, 1).value_or(0), maybe_int_of(open, 6).value_or(0), maybe_int_of(open, 7).value_or(0), ledger::Outcome::unknown},
          nothing_known);
  }
  db_.exec("DELETE FROM requests_open");
  return settled;
}

}  // namespace aigw::store
