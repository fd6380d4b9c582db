#include "store/inspect.hpp"

#include "store/door.hpp"

#include <sqlite3.h>

namespace aigw::store {

std::string sqlite_version() { return sqlite3_libversion(); }

Result<std::optional<RequestId>> newest_row(Database& db) {
  return guarded("read the newest row", [&]() -> Result<std::optional<RequestId>> {
    SQLite::Statement row(db.raw(), "SELECT max(id) FROM requests");
    if (!row.executeStep() || row.isColumnNull(0)) return std::optional<RequestId>();
    return std::optional(RequestId{int_of(row, 0)});
  });
}

}  // namespace aigw::store
