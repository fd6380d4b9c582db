#include "store/stats.hpp"

#include "base/request_id.hpp"
#include "store/door.hpp"
#include "store/rollup.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <unordered_map>

namespace aigw::store {
namespace {

constexpr std::int64_t kDayMs = kHourMs * kHoursADay;

/// Figures while they grow: quantiles come last.
struct Sum {
  StatsFigures figures;
  UsageSums totals;

  void add(ledger::Outcome outcome, const UsageSums& sums) {
    using ledger::Outcome;
    figures.requests += sums.requests;
    switch (outcome) {
      case Outcome::succeeded:
        figures.succeeded += sums.requests;
        break;
      case Outcome::failed:
        figures.failed += sums.requests;
        break;
      case Outcome::aborted:
        figures.aborted += sums.requests;
        break;
      case Outcome::refused:
        figures.refused += sums.requests;
        break;
      case Outcome::open:
      case Outcome::unknown:
        figures.unknown += sums.requests;
        break;
    }
    totals.merge(sums);
  }
  StatsFigures finish() {
    figures.unpriced_requests = totals.unpriced;
    figures.cost = {totals.cost};
    figures.tokens = totals.tokens;
    figures.latency = {totals.latency.quantile(0.50), totals.latency.quantile(0.95), totals.latency.quantile(0.99)};
    figures.ttft = {totals.ttft.quantile(0.50), totals.ttft.quantile(0.95), totals.ttft.quantile(0.99)};
    return figures;
  }
};

struct GroupKey {
  std::int64_t hour = 0, model = 0, provider = 0, key = 0;
  auto operator<=>(const GroupKey&) const = default;
};

class Sums {
 public:
  explicit Sums(const StatsGroup& by) : by_(by) {}

  /// `hour`: since 1970.
  void add(std::int64_t hour, const UsageKey& key, const UsageSums& sums) {
    total_.add(key.outcome, sums);
    if (!by_.any()) return;
    groups_[{by_.hour ? hour : 0, by_.model ? key.model : 0, by_.provider ? key.provider : 0, by_.key ? key.key : 0}]
        .add(key.outcome, sums);
  }
  Sum& total() { return total_; }
  std::map<GroupKey, Sum>& groups() { return groups_; }

 private:
  StatsGroup by_;
  Sum total_;
  std::map<GroupKey, Sum> groups_;
};

/// Whole days from `from` on to before `to`.
void add_days(SQLite::Database& db, std::int64_t from, std::int64_t to, Sums& sums) {
  SQLite::Statement row(db,
                        "SELECT day, key, provider, model, outcome, " + std::string(kSumColumns) +
                            " FROM usage_day WHERE day >= ? AND day < ? ORDER BY day, key, provider, model, outcome");
  row.bind(1, from);
  row.bind(2, to);
  while (row.executeStep()) sums.add(0, read_key(row, 0), read_sums(row, 5));
}

void add_hours(SQLite::Database& db, std::int64_t from, std::int64_t to, Sums& sums) {
  if (from >= to) return;
  SQLite::Statement row(
      db, "SELECT hour, key, provider, model, outcome, " + std::string(kSumColumns) +
              " FROM usage_hour WHERE hour >= ? AND hour < ? ORDER BY hour, key, provider, model, outcome");
  row.bind(1, from);
  row.bind(2, to);
  while (row.executeStep()) {
    const UsageKey key = read_key(row, 0);
    sums.add(key.period, key, read_sums(row, 5));
  }
}

/// Rows of a part of an hour.
void add_rows(SQLite::Database& db, std::int64_t from_ms, std::int64_t to_ms, Sums& sums) {
  if (from_ms >= to_ms) return;
  for (const auto& [key, part] : sums_of_rows(db, RequestId::first_at({from_ms}), RequestId::first_at({to_ms})))
    sums.add(key.period, key, part);
}

/// The last moment that the ledger knows of; of an hour whose rows are gone its end.
std::int64_t newest_ms(SQLite::Database& db) {
  const std::int64_t row = RequestId{db.execAndGet("SELECT coalesce(max(id), 0) FROM requests").getInt64()}.at().value;
  const std::int64_t hour = db.execAndGet("SELECT coalesce(max(hour), 0) FROM usage_hour").getInt64();
  return row / kHourMs >= hour ? row : (hour + 1) * kHourMs - 1;
}

/// Where rows are gone only whole hours can be told.
StatsQuery widened(SQLite::Database& db, StatsQuery query) {
  const std::int64_t whole_from_ms = rows_whole_from(db) * kHourMs;
  if (query.since.value < whole_from_ms) query.since.value -= query.since.value % kHourMs;
  if (query.until.value < whole_from_ms) query.until.value += (kHourMs - query.until.value % kHourMs) % kHourMs;
  return query;
}

/// Everything from `since` to before `until`, each millisecond from the coarsest table that has it whole.
void add_span(SQLite::Database& db, const StatsQuery& query, Sums& sums) {
  const std::int64_t since = std::max<std::int64_t>(query.since.value, 0);
  std::int64_t until = std::max(query.until.value, since);
  // "Until now" means everything so far: then the last hour and day are whole.
  const std::int64_t newest = newest_ms(db);
  if (until > newest) until = std::max(since, (newest / kDayMs + 1) * kDayMs);

  const std::int64_t first_hour = (since + kHourMs - 1) / kHourMs;
  const std::int64_t end_hour = until / kHourMs;
  if (first_hour > end_hour) return add_rows(db, since, until, sums);  // within one hour
  add_rows(db, since, first_hour * kHourMs, sums);
  add_rows(db, end_hour * kHourMs, until, sums);
  const std::int64_t first_day = (first_hour + kHoursADay - 1) / kHoursADay;
  const std::int64_t end_day =
      std::min(end_hour, in_days_before(db).period) / kHoursADay;  // later days are not whole yet
  if (query.by.hour || first_day >= end_day) return add_hours(db, first_hour, end_hour, sums);
  add_hours(db, first_hour, first_day * kHoursADay, sums);
  add_days(db, first_day, end_day, sums);
  add_hours(db, end_day * kHoursADay, end_hour, sums);
}

/// Names of ids, each asked for once.
class Names {
 public:
  Names(SQLite::Database& db, const char* sql) : find_(db, sql) {}
  const std::string& of(std::int64_t id, std::string_view prefix_of_unknown = {}) {
    const auto [entry, is_new] = names_.try_emplace(id);
    if (!is_new || id == 0) return entry->second;
    find_.reset();
    find_.bind(1, id);
    entry->second = find_.executeStep() ? text_of(find_, 0) : std::string(prefix_of_unknown) + std::to_string(id);
    return entry->second;
  }

 private:
  SQLite::Statement find_;
  std::unordered_map<std::int64_t, std::string> names_;
};

std::vector<StatsRow> rows_of(SQLite::Database& db, std::map<GroupKey, Sum>& groups) {
  Names texts(db, "SELECT text FROM texts WHERE id = ?");
  Names keys(db, "SELECT name FROM issued_keys WHERE id = ?");
  std::vector<StatsRow> rows;
  rows.reserve(groups.size());
  for (auto& [group, sum] : groups)
    rows.push_back({texts.of(group.model),
                    texts.of(group.provider),
                    keys.of(group.key, "#"),
                    {group.hour * kHourMs},
                    sum.finish()});
  std::stable_sort(rows.begin(), rows.end(), [](const StatsRow& a, const StatsRow& b) {
    return std::tuple(a.hour, -a.figures.requests) < std::tuple(b.hour, -b.figures.requests);
  });
  return rows;
}

}  // namespace

Result<StatsReport> stats(Database& db, const StatsQuery& asked) {
  if (asked.until < asked.since)
    return make_error(ErrorKind::bad_request, "the end of the time span is before its beginning");
  return guarded("sum the usage up", [&]() -> Result<StatsReport> {
    AIGW_TRY_ASSIGN(const ReadMoment moment, ReadMoment::begin(db));
    const StatsQuery query = widened(db.raw(), {{std::max<std::int64_t>(asked.since.value, 0)}, asked.until, asked.by});
    Sums sums(query.by);
    add_span(db.raw(), query, sums);
    return StatsReport{query.since, query.until, sums.total().finish(), rows_of(db.raw(), sums.groups())};
  });
}

}  // namespace aigw::store
