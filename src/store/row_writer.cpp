#include "store/row_writer.hpp"

#include <sqlite3.h>

#include <algorithm>

namespace aigw::store {
namespace {

constexpr std::int64_t kUsedResolutionMs = 60'000;  // "last used" to the minute: a busy key costs one write a minute
constexpr std::size_t kUsedRemembered = 4096;

/// 0 stands for none.
std::optional<std::int64_t> none_if_zero(std::int64_t id) { return id == 0 ? std::nullopt : std::optional(id); }

void run(SQLite::Statement& statement) {
  statement.reset();
  statement.exec();
  statement.reset();
}

/// While it lives, SQLite says which rows it really inserts.
class ChangeNotes {
 public:
  ChangeNotes(SQLite::Database& db, std::vector<std::int64_t>& ids) : db_(db) {
    sqlite3_update_hook(db.getHandle(), note, &ids);
  }
  ChangeNotes(const ChangeNotes&) = delete;
  ChangeNotes& operator=(const ChangeNotes&) = delete;
  ~ChangeNotes() { sqlite3_update_hook(db_.getHandle(), nullptr, nullptr); }

 private:
  static void note(void* ids, int, const char*, const char*, sqlite3_int64 id) {
    static_cast<std::vector<std::int64_t>*>(ids)->push_back(id);
  }
  SQLite::Database& db_;
};

std::int64_t number_of(auto enumerator) { return static_cast<std::int64_t>(enumerator); }

// In the order in which `add` and `insert_opened` put them. A new row has no `held`.
#define AIGW_REQUEST_COLUMNS                                                                                         \
  "id, key, credential, client_dialect, provider_dialect, operation, stream, outcome, status, usage_source, input, " \
  "cache_read, cache_write, output, reasoning, cost, latency_us, ttft_us, bytes_in, bytes_out, provider, "           \
  "model_requested, model_served, error, attempts"
#define AIGW_OPEN_COLUMNS "id, key, client_dialect, operation, stream, reserved, provider, model_requested"

}  // namespace

RowWriter::RowWriter(SQLite::Database& db)
    : db_(db),
      texts_(db),
      rollup_(db),
      new_requests_(db, "new_requests", AIGW_REQUEST_COLUMNS),
      new_open_(db, "new_open", AIGW_OPEN_COLUMNS),
      closed_open_(db, "closed_open", "id"),
      insert_(db, "INSERT OR IGNORE INTO requests(" AIGW_REQUEST_COLUMNS ") SELECT " AIGW_REQUEST_COLUMNS
                  " FROM new_requests"),
      insert_open_(
          db, "INSERT OR IGNORE INTO requests_open(" AIGW_OPEN_COLUMNS ") SELECT " AIGW_OPEN_COLUMNS " FROM new_open"),
      delete_open_(db, "DELETE FROM requests_open WHERE id IN (SELECT id FROM closed_open)"),
      touch_key_(db, "UPDATE issued_keys SET last_used_ms = max(coalesce(last_used_ms, 0), ?) WHERE id = ?") {
  SQLite::Statement open(db, "SELECT id FROM requests_open WHERE id > 0 ORDER BY id");
  while (open.executeStep()) open_on_file_.insert(int_of(open, 0));
}

void RowWriter::add(const ledger::Open& record) {
  max_id_ = std::max(max_id_, record.id);
  opened_.insert_or_assign(record.id.value,
                           OpenRow{record.key, record.client_dialect, record.operation, record.stream, record.reserved,
                                   texts_.id_of(record.provider), texts_.id_of(record.model_requested)});
}

void RowWriter::add(const ledger::Settled& record) {
  max_id_ = std::max(max_id_, record.id);
  if (opened_.erase(record.id.value) == 0 && open_on_file_.contains(record.id.value))
    closed_.push_back(record.id.value);
  const std::int64_t provider = texts_.id_of(record.provider);
  const std::int64_t requested = texts_.id_of(record.model_requested);
  const std::int64_t served = texts_.id_of(record.model_served);
  const std::int64_t hour = record.id.at().value / kHourMs;
  attempts_.clear();
  for (const ledger::Attempt& attempt : record.attempts)
    attempts_.push_back(
        {attempt.status, attempt.latency_us, texts_.id_of(attempt.provider), texts_.id_of(attempt.error, hour)});

  RowSource::Row& row = new_requests_.add();
  row.put(record.id.value);
  row.put_maybe(none_if_zero(record.key.value));
  row.put_maybe(none_if_zero(record.credential.value));
  row.put(number_of(record.client_dialect));
  row.put(number_of(record.provider_dialect));
  row.put(number_of(record.operation));
  row.put(record.stream ? 1 : 0);
  row.put(number_of(record.outcome));
  row.put(record.status);
  row.put(number_of(record.usage_source));
  const auto& tokens = record.tokens;
  for (const auto bucket : {&TokenUsage::input, &TokenUsage::cache_read, &TokenUsage::cache_write, &TokenUsage::output,
                            &TokenUsage::reasoning})
    row.put_maybe(tokens ? std::optional((*tokens).*bucket) : std::nullopt);
  const std::optional<std::int64_t> cost = record.cost ? std::optional(record.cost->value) : std::nullopt;
  row.put_maybe(cost);
  row.put(record.latency_us);
  row.put_maybe(record.ttft_us);
  row.put(record.bytes_in);
  row.put(record.bytes_out);
  row.put_maybe(none_if_zero(provider));
  row.put_maybe(none_if_zero(requested));
  row.put_maybe(none_if_zero(served));
  row.put_maybe(none_if_zero(texts_.id_of(record.error, hour)));
  row.blob = encode_attempts(attempts_, record.lost);

  settled_.push_back({record.id,
                      {hour, record.key.value, provider, served != 0 ? served : requested, record.outcome},
                      {record.tokens, cost, record.latency_us, record.ttft_us}});
}

/// A row that is there already moves nothing: an earlier process came so far.
void RowWriter::insert_settled() {
  if (settled_.empty()) return;
  inserted_ids_.clear();
  inserted_ids_.reserve(settled_.size());  // SQLite's C is no place to run out of memory in
  {
    const ChangeNotes notes(db_, inserted_ids_);
    run(insert_);
  }
  // They were inserted in our order; of two rows with one id it was the first.
  auto inserted = inserted_ids_.begin();
  for (const Settled& row : settled_) {
    if (inserted == inserted_ids_.end() || *inserted != row.id.value) continue;
    count(row);
    ++inserted;
  }
}

void RowWriter::count(const Settled& row) {
  rollup_.add(row.usage, row.sample);
  inserted_.push_back(row.id);
  if (row.usage.key != 0) {
    std::int64_t& used = used_[row.usage.key];
    used = std::max(used, row.id.at().value);
  }
}

void RowWriter::delete_closed() {
  if (closed_.empty()) return;
  for (const std::int64_t id : closed_) closed_open_.add().put(id);
  run(delete_open_);
}

void RowWriter::insert_opened() {
  if (opened_.empty()) return;
  for (const auto& [id, open] : opened_) {
    RowSource::Row& row = new_open_.add();
    row.put(id);
    row.put_maybe(none_if_zero(open.key.value));
    row.put(number_of(open.client_dialect));
    row.put(number_of(open.operation));
    row.put(open.stream ? 1 : 0);
    row.put(open.reserved.value);
    row.put_maybe(none_if_zero(open.provider));
    row.put_maybe(none_if_zero(open.model_requested));
  }
  run(insert_open_);
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
  insert_settled();
  delete_closed();
  insert_opened();
  rollup_.write();
  touch_keys();
}

void RowWriter::committed() {
  for (const auto& [id, row] : opened_) open_on_file_.insert(id);
  for (const std::int64_t id : closed_) open_on_file_.erase(id);
  if (used_on_file_.size() + used_.size() > kUsedRemembered) used_on_file_.clear();
  for (const auto& [key, at] : used_) used_on_file_[key] = at;
  begin_anew();
}

void RowWriter::rolled_back() {
  texts_.forget();
  rollup_.forget();
  begin_anew();
}

void RowWriter::begin_anew() {
  new_requests_.clear();
  new_open_.clear();
  closed_open_.clear();
  settled_.clear();
  opened_.clear();
  closed_.clear();
  used_.clear();
  inserted_.clear();
}

std::int64_t RowWriter::settle_open_as_unknown() {
  SQLite::Statement open(
      db_,
      "SELECT id, key, client_dialect, operation, stream, reserved, provider, model_requested FROM requests_open "
      "WHERE id > 0 ORDER BY id");
  SQLite::Statement insert(
      db_,
      "INSERT OR IGNORE INTO requests(id, key, client_dialect, provider_dialect, operation, stream, outcome, status, "
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
    const std::int64_t hour = id.at().value / kHourMs;
    count({id,
           {hour, maybe_int_of(open, 1).value_or(0), maybe_int_of(open, 6).value_or(0),
            maybe_int_of(open, 7).value_or(0), ledger::Outcome::unknown},
           {}});
  }
  db_.exec("DELETE FROM requests_open");
  return settled;
}

}  // namespace aigw::store
