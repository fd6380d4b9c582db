#include "store/retention.hpp"

#include "store/door.hpp"
#include "store/rollup.hpp"

#include <algorithm>

namespace aigw::store {
namespace {

std::int64_t bytes_in_use(SQLite::Database& db) {
  const auto pragma = [&](const char* sql) { return db.execAndGet(sql).getInt64(); };
  return (pragma("PRAGMA page_count") - pragma("PRAGMA freelist_count")) * pragma("PRAGMA page_size");
}

/// Before this hour nothing is kept. By size one hour goes after the other: the caller comes again while it is too
/// much.
Removal decide(SQLite::Database& db, const RetentionPolicy& policy, UnixMillis now) {
  Removal out;
  const std::int64_t this_hour = now.value / kHourMs;
  std::int64_t hour = policy.keep.count() > 0 ? (now.value - policy.keep.count()) / kHourMs : 0;
  if (policy.keep_bytes > 0 && bytes_in_use(db) > policy.keep_bytes) {
    const RequestId oldest{db.execAndGet("SELECT coalesce(min(id), 0) FROM requests").getInt64()};
    const std::int64_t behind_oldest = oldest.at().value / kHourMs + 1;
    out.by_size = oldest.value > 0 && behind_oldest > hour && behind_oldest <= this_hour;
    if (out.by_size) hour = behind_oldest;
  }
  out.before = {std::min(hour, this_hour) * kHourMs};
  return out;
}

/// Error texts whose last request is gone. Names stay, since sums do.
std::int64_t remove_texts(SQLite::Database& db, int rows_max) {
  SQLite::Statement remove(db,
                           "DELETE FROM texts WHERE id IN (SELECT id FROM texts WHERE last_hour < ? AND last_hour < "
                           "9223372036854775807 ORDER BY last_hour LIMIT ?)");
  const RequestId oldest{db.execAndGet("SELECT coalesce(min(id), 9223372036854775807) FROM requests").getInt64()};
  remove.bind(1, oldest.at().value / kHourMs);
  remove.bind(2, rows_max);
  return remove.exec();
}

}  // namespace

Result<Removal> remove_old_requests(Database& database, const RetentionPolicy& policy, UnixMillis now, int rows_max) {
  SQLite::Database& db = database.raw();
  return guarded("remove old requests", [&]() -> Result<Removal> {
    Removal out = decide(db, policy, now);
    const std::int64_t end = RequestId::first_at(out.before).value;
    SQLite::Statement last(db, "SELECT id FROM requests WHERE id < ? ORDER BY id LIMIT 1 OFFSET ?");
    last.bind(1, end);
    last.bind(2, rows_max - 1);
    const bool bounded = last.executeStep();
    SQLite::Statement remove(db, "DELETE FROM requests WHERE id <= ?");
    remove.bind(1, bounded ? int_of(last, 0) : end - 1);
    last.reset();
    out.rows = remove.exec();
    if (out.rows > 0) set_rows_whole_from(db, out.before.value / kHourMs);
    out.more = out.rows == rows_max || (out.by_size && out.rows > 0);
    if (!out.more) out.more = remove_texts(db, rows_max) == rows_max;
    return out;
  });
}

}  // namespace aigw::store
