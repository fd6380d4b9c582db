#include "store/salvage_sums.hpp"

#include "store/door.hpp"
#include "store/rollup.hpp"

#include <algorithm>

namespace aigw::store {
namespace {

using SumsByKey = std::map<UsageKey, UsageSums>;

/// What the sums know of and nothing else does.
struct Missing {
  std::int64_t requests = 0;
  std::int64_t until_hour = 0;  ///< behind the last hour that misses some
};

/// Both tables are read by whole days.
struct Span {
  std::int64_t first_day = 0, last_day = -1, last_hour = 0;
};

Span span_of(SQLite::Database& db) {
  const auto number = [&](const char* sql) { return db.execAndGet(sql).getInt64(); };
  const auto hour_of = [](std::int64_t id) { return RequestId{id}.at().value / kHourMs; };
  std::vector<std::int64_t> hours;
  if (number("SELECT EXISTS(SELECT 1 FROM requests)") != 0)
    hours = {hour_of(number("SELECT min(id) FROM requests")), hour_of(number("SELECT max(id) FROM requests"))};
  if (number("SELECT EXISTS(SELECT 1 FROM usage_hour)") != 0)
    for (const char* sql : {"SELECT min(hour) FROM usage_hour", "SELECT max(hour) FROM usage_hour"})
      hours.push_back(number(sql));
  if (hours.empty()) return {};
  const auto [first, last] = std::ranges::minmax(hours);
  return {first / kHoursADay, last / kHoursADay, last};
}

/// Makes `found`, which stands in the table, the larger of both. Returns what `expected` does not explain.
Missing fit(SQLite::Database& db, Period period, const SumsByKey& expected, SumsByKey& found) {
  for (const auto& [key, sums] : expected) {
    UsageSums& stored = found[key];
    if (stored.requests >= sums.requests) continue;
    stored = sums;
    put_sums(db, period, key, sums);
  }
  Missing missing;
  for (const auto& [key, sums] : found) {
    const auto at = expected.find(key);
    const std::int64_t known = at == expected.end() ? 0 : at->second.requests;
    if (sums.requests <= known) continue;
    missing.requests += sums.requests - known;
    missing.until_hour =
        std::max(missing.until_hour, period == Period::hour ? key.period + 1 : (key.period + 1) * kHoursADay);
  }
  return missing;
}

Missing fit_day(SQLite::Database& db, std::int64_t day, std::int64_t whole_from, const UsageKey& closed) {
  const std::int64_t begin = day * kHoursADay, end = begin + kHoursADay;
  const SumsByKey rows = sums_of_rows(db, RequestId::first_at({begin * kHourMs}), RequestId::first_at({end * kHourMs}));
  SumsByKey hours = sums_in_table(db, Period::hour, begin, end);
  Missing missing = fit(db, Period::hour, rows, hours);
  SumsByKey days = sums_in_table(db, Period::day, day, day + 1);
  const Missing hours_lost = fit(db, Period::day, days_of_hours(hours, closed), days);
  missing.until_hour = std::max(missing.until_hour, hours_lost.until_hour);
  if (missing.until_hour <= whole_from) return {};  // they had been removed on purpose
  return missing;
}

}  // namespace

Result<std::int64_t> make_sums_fit(Database& database) {
  SQLite::Database& db = database.raw();
  return guarded("make the sums fit", [&]() -> Result<std::int64_t> {
    const Span span = span_of(db);
    const std::int64_t whole_from = rows_whole_from(db);
    const UsageKey closed{span.last_hour, -1, -1, -1, {}};
    Missing missing;
    for (std::int64_t day = span.first_day; day <= span.last_day; ++day) {
      db.exec("BEGIN");
      const Missing of_day = fit_day(db, day, whole_from, closed);
      db.exec("COMMIT");
      missing.requests += of_day.requests;
      missing.until_hour = std::max(missing.until_hour, of_day.until_hour);
    }
    db.exec("BEGIN");
    set_in_days_before(db, closed);
    set_rows_whole_from(db, missing.until_hour);
    db.exec("COMMIT");
    return missing.requests;
  });
}

}  // namespace aigw::store
