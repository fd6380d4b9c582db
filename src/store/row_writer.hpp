#pragma once
// Journal records as rows: one batch, within one transaction. A row that is there already moves nothing. On the
// connection's thread; throws as SQLite does, and then `rolled_back` must follow.

#include "base/request_id.hpp"
#include "ledger/record.hpp"
#include "store/attempts.hpp"
#include "store/door.hpp"
#include "store/interner.hpp"
#include "store/rollup.hpp"
#include "store/row_source.hpp"

#include <cstdint>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace aigw::store {

class RowWriter {
 public:
  explicit RowWriter(SQLite::Database& db);

  void add(const ledger::Open& record);
  void add(const ledger::Settled& record);
  /// Before the commit: what the batch leaves open, its sums, when keys were used.
  void finish();
  void committed();
  void rolled_back();
  /// Somebody else wrote, and may have removed texts.
  void forget_texts() { texts_.forget(); }

  bool has_open() const { return !open_on_file_.empty(); }
  /// Every row still open becomes `unknown` and keeps its reservation as `held`. Returns how many.
  std::int64_t settle_open_as_unknown();

  /// New rows of this batch, as they came.
  const std::vector<RequestId>& inserted() const { return inserted_; }
  RequestId max_id() const { return max_id_; }

 private:
  /// An open row, its texts interned.
  struct OpenRow {
    KeyId key;
    llm::Dialect client_dialect = llm::Dialect::none;
    llm::Operation operation = llm::Operation::none;
    bool stream = false;
    NanoUsd reserved;
    std::int64_t provider = 0;
    std::int64_t model_requested = 0;
  };
  /// What the sums and `inserted` need of a row, once it is written.
  struct Settled {
    RequestId id;
    UsageKey usage;
    UsageSample sample;
  };
  void insert_settled();
  void count(const Settled& row);
  void delete_closed();
  void insert_opened();
  void touch_keys();
  void begin_anew();

  SQLite::Database& db_;
  Interner texts_;
  Rollup rollup_;
  RowSource new_requests_;
  RowSource new_open_;
  RowSource closed_open_;
  SQLite::Statement insert_;
  SQLite::Statement insert_open_;
  SQLite::Statement delete_open_;
  SQLite::Statement touch_key_;
  std::unordered_set<std::int64_t> open_on_file_;                ///< ids in requests_open, as committed
  std::unordered_map<std::int64_t, OpenRow> opened_;             ///< in this batch, and not settled in it
  std::vector<std::int64_t> closed_;                             ///< left requests_open in this batch
  std::vector<Settled> settled_;                                 ///< the same rows as in new_requests_
  std::vector<std::int64_t> inserted_ids_;                       ///< those of them that were not there yet
  std::unordered_map<std::int64_t, std::int64_t> used_;          ///< key: when, in this batch
  std::unordered_map<std::int64_t, std::int64_t> used_on_file_;  ///< key: when, as written
  std::vector<StoredAttempt> attempts_;
  std::vector<RequestId> inserted_;
  RequestId max_id_;
};

}  // namespace aigw::store
