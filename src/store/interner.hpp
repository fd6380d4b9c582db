#pragma once
// Names as integers: looks a text's id up, and gives it one when it has none. Within a transaction, on the
// connection's thread.

#include "store/door.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

namespace aigw::store {

class Interner {
 public:
  explicit Interner(SQLite::Database& db)
      : find_(db, "SELECT id FROM texts WHERE text = ?"),
        insert_(db, "INSERT INTO texts(text) VALUES(?) RETURNING id") {}

  /// 0 for an empty text. Throws as SQLite does.
  std::int64_t id_of(std::string_view text);
  /// After a rollback: the ids given out since the last commit are void.
  void forget() { ids_.clear(); }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
  };
  SQLite::Statement find_;
  SQLite::Statement insert_;
  std::unordered_map<std::string, std::int64_t, Hash, std::equal_to<>> ids_;
};

}  // namespace aigw::store
