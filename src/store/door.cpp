#include "store/door.hpp"

#include <sqlite3.h>

namespace aigw::store {

Error sqlite_error(std::string_view doing, int extended_code, std::string_view message) {
  std::string what = std::string("cannot ").append(doing).append(": ").append(message);
  const auto make = [&](ErrorKind kind, std::string next) {
    return make_error(kind, std::move(what), std::move(next));
  };
  switch (extended_code & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED: {
      Error error = make(ErrorKind::overloaded, "Another program keeps the database locked: end it, or try again");
      error.retry = Retry::yes;
      return error;
    }
    case SQLITE_FULL: {
      Error error = make(ErrorKind::overloaded, "Free some space on the disk that holds the database");
      error.retry = Retry::yes;
      return error;
    }
    case SQLITE_CONSTRAINT:
      if (extended_code == SQLITE_CONSTRAINT_UNIQUE || extended_code == SQLITE_CONSTRAINT_PRIMARYKEY)
        return make(ErrorKind::conflict, "Choose another name");
      return make(ErrorKind::database, "");
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return make(ErrorKind::database,
                  "The file is damaged or no SQLite database: restore a backup, or try `sqlite3 FILE .recover`; "
                  "nothing was written to it");
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
      return make(ErrorKind::database, "Check who owns the file and its folder, and that there is space");
    default:
      return make(ErrorKind::database, "");
  }
}

}  // namespace aigw::store
