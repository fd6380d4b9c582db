#pragma once
// Removes the oldest requests, a few at a time, so that nobody waits long for the connection, then the error texts that
// only they had. Their sums stay, and so does what is open.

#include "base/error.hpp"
#include "base/time.hpp"
#include "store/database.hpp"

#include <chrono>
#include <cstdint>

namespace aigw::store {

struct RetentionPolicy {
  std::chrono::milliseconds keep{0};  ///< how long; 0: forever
  std::int64_t keep_bytes = 0;        ///< of the database, free pages not counted; 0: any
  bool operator==(const RetentionPolicy&) const = default;
  bool wanted() const { return keep.count() > 0 || keep_bytes > 0; }
};

struct Removal {
  std::int64_t rows = 0;
  UnixMillis before;     ///< rows are whole from this hour on
  bool by_size = false;  ///< they were young enough
  bool more = false;     ///< there is more to remove
};

/// At most `rows_max` of the oldest requests that the policy has no room for. Whole hours go, never the one that `now`
/// is in. Within a transaction, on the connection's thread.
Result<Removal> remove_old_requests(Database& db, const RetentionPolicy& policy, UnixMillis now, int rows_max);

}  // namespace aigw::store
