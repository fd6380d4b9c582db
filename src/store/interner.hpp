#pragma once
// Texts as integers: looks a text's id up, and gives it one when it has none. Within a transaction, on the
// connection's thread.

#include "store/door.hpp"

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <unordered_map>

namespace aigw::store {

class Interner {
 public:
  explicit Interner(SQLite::Database& db)
      : find_(db, "SELECT id, last_hour FROM texts WHERE text = ?"),
        insert_(db, "INSERT INTO texts(text, last_hour) VALUES(?, ?) RETURNING id"),
        prolong_(db, "UPDATE texts SET last_hour = ? WHERE id = ?") {}

  /// A name, which sums refer to for ever. 0 for an empty text. Throws as SQLite does.
  std::int64_t id_of(std::string_view text) { return id_of(text, kForEver); }
  /// A text that only requests have, the last of them in `hour` (since 1970): it can go when they are gone.
  std::int64_t id_of(std::string_view text, std::int64_t hour);
  /// After a rollback, or when texts may have been removed: ids may be void.
  void forget() { known_.clear(); }

 private:
  static constexpr std::int64_t kForEver = std::numeric_limits<std::int64_t>::max();
  struct Known {
    std::int64_t id = 0;
    std::int64_t last_hour = 0;
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
  };
  Known look_up(std::string_view text, std::int64_t hour);

  SQLite::Statement find_;
  SQLite::Statement insert_;
  SQLite::Statement prolong_;
  std::unordered_map<std::string, Known, Hash, std::equal_to<>> known_;
};

}  // namespace aigw::store
