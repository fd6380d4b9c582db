#include "store/row_source.hpp"

#include <sqlite3.h>

#include <new>

namespace aigw::store {

/// SQLite's view of `rows_`: it walks from the first to the last and asks for one column after the other.
struct RowSource::Table : sqlite3_vtab {
  explicit Table(const std::vector<Row>& from) : sqlite3_vtab{}, rows(from) {}
  const std::vector<Row>& rows;

  struct Cursor : sqlite3_vtab_cursor {
    explicit Cursor(const std::vector<Row>& from) : sqlite3_vtab_cursor{}, rows(from) {}
    const std::vector<Row>& rows;
    std::size_t at = 0;
  };

  static int connect(sqlite3* db, void* from, int, const char* const*, sqlite3_vtab** out, char**) {
    const auto& source = *static_cast<const RowSource*>(from);
    if (const int code = sqlite3_declare_vtab(db, source.declaration_.c_str()); code != SQLITE_OK) return code;
    *out = new (std::nothrow) Table(source.rows_);
    return *out == nullptr ? SQLITE_NOMEM : SQLITE_OK;
  }
  static int disconnect(sqlite3_vtab* table) {
    delete static_cast<Table*>(table);
    return SQLITE_OK;
  }
  static int plan(sqlite3_vtab*, sqlite3_index_info*) { return SQLITE_OK; }  // there is one way: all of it
  static int open(sqlite3_vtab* table, sqlite3_vtab_cursor** out) {
    *out = new (std::nothrow) Cursor(static_cast<Table*>(table)->rows);
    return *out == nullptr ? SQLITE_NOMEM : SQLITE_OK;
  }
  static int close(sqlite3_vtab_cursor* cursor) {
    delete static_cast<Cursor*>(cursor);
    return SQLITE_OK;
  }
  static int begin(sqlite3_vtab_cursor* cursor, int, const char*, int, sqlite3_value**) {
    static_cast<Cursor*>(cursor)->at = 0;
    return SQLITE_OK;
  }
  static int next(sqlite3_vtab_cursor* cursor) {
    ++static_cast<Cursor*>(cursor)->at;
    return SQLITE_OK;
  }
  static int at_end(sqlite3_vtab_cursor* cursor) {
    const auto& here = *static_cast<Cursor*>(cursor);
    return here.at >= here.rows.size() ? 1 : 0;
  }
  static int column(sqlite3_vtab_cursor* cursor, sqlite3_context* out, int column) {
    const auto& here = *static_cast<Cursor*>(cursor);
    const Row& row = here.rows[here.at];
    const auto number = static_cast<std::uint32_t>(column);
    if (number >= row.count) {
      if (!row.blob.empty())
        sqlite3_result_blob(out, row.blob.data(), static_cast<int>(row.blob.size()), SQLITE_STATIC);
    } else if ((row.present >> number & 1U) != 0) {
      sqlite3_result_int64(out, row.numbers[number]);
    }
    return SQLITE_OK;
  }
  static int rowid(sqlite3_vtab_cursor* cursor, sqlite3_int64* out) {
    *out = static_cast<sqlite3_int64>(static_cast<Cursor*>(cursor)->at);
    return SQLITE_OK;
  }
  static const sqlite3_module& module() {
    static const sqlite3_module functions = [] {
      sqlite3_module out{};  // without xCreate: the table is simply there, in no file
      out.xConnect = connect;
      out.xDisconnect = disconnect;
      out.xBestIndex = plan;
      out.xOpen = open;
      out.xClose = close;
      out.xFilter = begin;
      out.xNext = next;
      out.xEof = at_end;
      out.xColumn = column;
      out.xRowid = rowid;
      return out;
    }();
    return functions;
  }
};

RowSource::RowSource(SQLite::Database& db, const char* name, const char* columns)
    : declaration_(std::string("CREATE TABLE source(") + columns + ")") {
  if (const int code = sqlite3_create_module(db.getHandle(), name, &Table::module(), this); code != SQLITE_OK)
    throw SQLite::Exception(db.getHandle(), code);
}

}  // namespace aigw::store
