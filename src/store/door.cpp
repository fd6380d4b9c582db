#include "store/door.hpp"

#include <sqlite3.h>

namespace aigw::store {

Error sqlite_error(std::string_view doing, int extended_code, std::string_view message) {
  std::string what = std::string("cannot ").append(doing).append(": ").append(message);
  const auto make = [&](ErrorKind kind, std::string next) {
    return make_error(kind, std::move(what), std::move(next));
  };
  const auto later = [&](std::string next) {
    Error error = make(ErrorKind::overloaded, std::move(next));
    error.retry = Retry::yes;
    return error;
  };
  constexpr const char* kNoSpace = "Free some space on the disk that holds the database";
  switch (extended_code & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return later("Another program keeps the database locked: end it, or try again");
    case SQLITE_FULL:
      return later(kNoSpace);
    case SQLITE_CONSTRAINT:
      if (extended_code == SQLITE_CONSTRAINT_UNIQUE || extended_code == SQLITE_CONSTRAINT_PRIMARYKEY)
        return make(ErrorKind::conflict, "Choose another name");
      return make(ErrorKind::database, "");
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return make(ErrorKind::database,
                  "The file is damaged or no SQLite database; nothing was written to it: `aigw db check` says more, "
                  "`aigw db recover` saves what can be read, or restore a backup");
    case SQLITE_IOERR:
      if (extended_code == SQLITE_IOERR_SHMSIZE) return later(kNoSpace);
      return make(ErrorKind::database, "Check the disk that holds the database: dmesg has its errors");
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
      return make(ErrorKind::database, "Check who owns the file and its folder, and that there is space");
    default:
      return make(ErrorKind::database, "");
  }
}

std::string immutable_uri(std::string_view file) {
  std::string out = "file:";
  for (const char c : file) {
    if (c == '%' || c == '?' || c == '#')
      out += c == '%' ? "%25" : c == '?' ? "%3f" : "%23";
    else
      out += c;
  }
  return out + "?immutable=1";
}

}  // namespace aigw::store
