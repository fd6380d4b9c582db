#pragma once
// The keys that we issued: their hash and their first characters, never their text. On the connection's thread.

#include "base/crypto.hpp"
#include "base/ids.hpp"
#include "base/time.hpp"
#include "store/database.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aigw::store {

struct KeyRow {
  KeyId id;
  std::string name;
  std::string prefix;  ///< the first characters of its text, for people
  UnixMillis created;
  std::optional<UnixMillis> last_used;  ///< to the minute
  std::optional<UnixMillis> expires;
  std::optional<UnixMillis> revoked;
};

/// What authentication needs of a key that works.
struct LiveKey {
  KeyId id;
  std::string name;
  crypto::Sha256 hash{};
  std::optional<UnixMillis> expires;
};

struct NewKey {
  std::string_view name;
  std::string_view prefix;
  crypto::Sha256 hash{};
  UnixMillis created;
  std::optional<UnixMillis> expires;
};

enum class IncludeRevoked : std::uint8_t { no, yes };

class KeyRepository {
 public:
  explicit KeyRepository(Database& db) : db_(db) {}

  /// @errors conflict when a key of that name works
  Result<KeyRow> insert(const NewKey& key);
  Result<std::vector<KeyRow>> list(IncludeRevoked include) const;  ///< by name, then id
  /// Neither revoked nor expired at `now`.
  Result<std::vector<LiveKey>> live(UnixMillis now) const;
  Result<std::optional<KeyRow>> find(KeyId id) const;
  /// The one of that name that is not revoked; else the one revoked last.
  Result<std::optional<KeyRow>> find(std::string_view name) const;
  /// Whether a request was made with it that is in the database.
  Result<bool> used(KeyId id) const;
  /// A new text for the same key: the old one stops working. @errors not_found when there is none that works
  Status rotate(KeyId id, std::string_view prefix, const crypto::Sha256& hash);
  Status revoke(KeyId id, UnixMillis at);  ///< @errors not_found
  Status remove(KeyId id);                 ///< @errors not_found. Its requests stay, without a name

 private:
  Database& db_;
};

}  // namespace aigw::store
