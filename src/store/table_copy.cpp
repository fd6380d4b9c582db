#include "store/table_copy.hpp"

#include "store/door.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <optional>

namespace aigw::store {
namespace {

constexpr std::int64_t kRowsATransaction = 100'000;

struct StatementEnd {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using RawStatement = std::unique_ptr<sqlite3_stmt, StatementEnd>;

/// SQLiteCpp has no way to pass a value on as it is. Null: the statement cannot be made.
RawStatement prepare(SQLite::Database& db, const std::string& sql) {
  sqlite3_stmt* made = nullptr;
  sqlite3_prepare_v2(db.getHandle(), sql.c_str(), -1, &made, nullptr);
  return RawStatement(made);
}

struct Layout {
  std::vector<std::string> columns;  ///< that both have
  std::string key;                   ///< columns of the primary key
  bool has_rowid = true;
};

std::vector<std::string> columns_of(SQLite::Database& db, const std::string& table) {
  std::vector<std::string> out;
  SQLite::Statement row(db, "SELECT name FROM pragma_table_info(?) ORDER BY cid");
  row.bind(1, table);
  while (row.executeStep()) out.push_back(text_of(row, 0));
  return out;
}

Layout layout_of(SQLite::Database& from, SQLite::Database& to, const std::string& table) {
  Layout out;
  const auto theirs = columns_of(from, table);
  for (const std::string& column : columns_of(to, table))
    if (std::ranges::find(theirs, column) != theirs.end()) out.columns.push_back(column);
  SQLite::Statement key(to, "SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk");
  key.bind(1, table);
  while (key.executeStep()) out.key += (out.key.empty() ? "" : ", ") + text_of(key, 0);
  SQLite::Statement kind(to, "SELECT wr FROM pragma_table_list(?)");
  kind.bind(1, table);
  if (kind.executeStep()) out.has_rowid = int_of(kind, 0) == 0;
  return out;
}

std::string joined(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "\"" : ", \"") + name + "\"";
  return out;
}

class TableCopy {
 public:
  TableCopy(SQLite::Database& from, SQLite::Database& to, std::string table)
      : from_(from), to_(to), table_(std::move(table)), layout_(layout_of(from, to, table_)) {
    std::string marks;
    for (std::size_t i = 0; i < layout_.columns.size(); ++i) marks += i == 0 ? "?" : ", ?";
    if (!layout_.columns.empty())
      insert_ = prepare(to, std::string("INSERT OR ") + (table_ == "settings" ? "REPLACE" : "IGNORE") + " INTO " +
                                table_ + "(" + joined(layout_.columns) + ") VALUES(" + marks + ")");
  }

  CopiedTable run() {
    if (!insert_) {
      out_.whole = false;
      return out_;
    }
    to_.exec("BEGIN");
    if (layout_.has_rowid)
      copy_by_rowid();
    else
      copy_from_both_ends();
    to_.exec("COMMIT");
    return out_;
  }

 private:
  /// False: the row is not what the table's types ask for.
  void put(sqlite3_stmt* row, int first_column) {
    sqlite3_reset(insert_.get());
    for (int i = 0; i < static_cast<int>(layout_.columns.size()); ++i)
      sqlite3_bind_value(insert_.get(), i + 1, sqlite3_column_value(row, first_column + i));
    const int code = sqlite3_step(insert_.get());
    if ((code & 0xFF) == SQLITE_CONSTRAINT) {
      out_.whole = false;
      return;
    }
    if (code != SQLITE_DONE) throw SQLite::Exception(to_.getHandle(), code);
    out_.rows += sqlite3_changes(to_.getHandle());
    if (out_.rows % kRowsATransaction == kRowsATransaction - 1)
      to_.exec("COMMIT; PRAGMA wal_checkpoint(PASSIVE); BEGIN");
  }

  void copy_by_rowid() {
    const RawStatement rows = prepare(
        from_, "SELECT rowid, " + joined(layout_.columns) + " FROM " + table_ + " WHERE rowid >= ? ORDER BY rowid");
    const RawStatement probe =
        prepare(from_, "SELECT rowid FROM " + table_ + " WHERE rowid >= ? ORDER BY rowid LIMIT 1");
    if (!rows || !probe) {
      out_.whole = false;
      return;
    }
    for (std::optional<std::int64_t> next = 0; next;) {
      sqlite3_reset(rows.get());
      sqlite3_bind_int64(rows.get(), 1, *next);
      int code = SQLITE_ROW;
      while ((code = sqlite3_step(rows.get())) == SQLITE_ROW) {
        const std::int64_t id = sqlite3_column_int64(rows.get(), 0);
        if (id < *next) break;  // only damage is out of order
        put(rows.get(), 1);
        if (id == std::numeric_limits<std::int64_t>::max()) return;
        next = id + 1;
      }
      if (code == SQLITE_DONE) return;
      out_.whole = false;
      next = behind_damage(probe.get(), *next);
    }
  }

  enum class Found { row, end, damage };
  static Found look(sqlite3_stmt* probe, std::int64_t at) {
    sqlite3_reset(probe);
    sqlite3_bind_int64(probe, 1, at);
    const int code = sqlite3_step(probe);
    sqlite3_reset(probe);
    return code == SQLITE_ROW ? Found::row : code == SQLITE_DONE ? Found::end : Found::damage;
  }

  /// The first id that can be read again (they are not negative): by steps that double, then halved down to the
  /// damage's end. Every look goes down the tree by another way, past the page that cannot be read.
  static std::optional<std::int64_t> behind_damage(sqlite3_stmt* probe, std::int64_t from) {
    constexpr std::int64_t kLast = std::numeric_limits<std::int64_t>::max();
    std::int64_t bad = from, good = kLast;
    for (std::int64_t step = 1;; step = step > kLast / 2 ? kLast : step * 2) {
      const std::int64_t at = from > kLast - step ? kLast : from + step;
      if (look(probe, at) != Found::damage) {
        good = at;
        break;
      }
      bad = at;
      if (at == kLast) return std::nullopt;
    }
    while (good - bad > 1) {
      const std::int64_t middle = bad + (good - bad) / 2;
      (look(probe, middle) == Found::damage ? bad : good) = middle;
    }
    return good;
  }

  /// Small tables: what comes before the damage, and what comes behind it.
  void copy_from_both_ends() {
    for (const char* order : {" ASC", " DESC"}) {
      std::string by;
      for (std::size_t at = 0; at < layout_.key.size();) {
        const std::size_t comma = std::min(layout_.key.find(", ", at), layout_.key.size());
        by += (by.empty() ? "" : ", ") + layout_.key.substr(at, comma - at) + order;
        at = comma + 2;
      }
      const RawStatement rows =
          prepare(from_, "SELECT " + joined(layout_.columns) + " FROM " + table_ + " ORDER BY " + by);
      int code = rows ? SQLITE_ROW : SQLITE_ERROR;
      while (rows && (code = sqlite3_step(rows.get())) == SQLITE_ROW) put(rows.get(), 0);
      if (code == SQLITE_DONE) return;
      out_.whole = false;
    }
  }

  SQLite::Database& from_;
  SQLite::Database& to_;
  std::string table_;
  Layout layout_;
  RawStatement insert_;
  CopiedTable out_;
};

}  // namespace

std::vector<std::string> tables_of(SQLite::Database& db) {
  std::vector<std::string> out;
  SQLite::Statement row(
      db, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY rowid");
  while (row.executeStep()) out.push_back(text_of(row, 0));
  return out;
}

Result<CopiedTable> copy_table(SQLite::Database& from, SQLite::Database& to, const std::string& table) {
  return guarded("copy the table " + table, [&]() -> Result<CopiedTable> { return TableCopy(from, to, table).run(); });
}

}  // namespace aigw::store
