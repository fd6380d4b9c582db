#include "store/check.hpp"

#include "ledger/segment_reader.hpp"
#include "store/database.hpp"
#include "store/door.hpp"
#include "store/rollup.hpp"

#include <algorithm>
#include <optional>

namespace aigw::store {
namespace fs = std::filesystem;
namespace {

constexpr int kPageErrorsMax = 20;
constexpr const char* kRecover = "Run `aigw db recover`: it reads what is left into a new file. Or restore a backup";

std::string plural(std::int64_t count, std::string_view one) {
  return std::to_string(count) + " " + std::string(one) + (count == 1 ? "" : "s");
}

CheckFinding check_pages(SQLite::Database& db, CheckDepth depth) {
  const std::string pragma = depth == CheckDepth::full ? "integrity_check" : "quick_check";
  SQLite::Statement row(db, "PRAGMA " + pragma + "(" + std::to_string(kPageErrorsMax) + ")");
  std::vector<std::string> errors;
  try {
    while (row.executeStep())
      if (std::string text = text_of(row, 0); text != "ok") errors.push_back(std::move(text));
  } catch (const SQLite::Exception& thrown) {
    errors.emplace_back(thrown.what());
  }
  if (errors.empty()) {
    const std::int64_t pages = db.execAndGet("PRAGMA page_count").getInt64(),
                       free = db.execAndGet("PRAGMA freelist_count").getInt64();
    return {"pages", true, std::to_string(pages) + " pages are whole, " + std::to_string(free) + " of them free"};
  }
  std::string detail = errors.front();
  std::ranges::replace(detail, '\n', ' ');
  if (errors.size() > 1) detail += ", and " + plural(static_cast<std::int64_t>(errors.size()) - 1, "more error");
  return {"pages", false, std::move(detail), kRecover};
}

CheckFinding check_references(SQLite::Database& db) {
  std::int64_t broken = 0;
  for (SQLite::Statement row(db, "PRAGMA foreign_key_check"); row.executeStep();) ++broken;
  if (broken == 0) return {"references", true, "no row refers to one that is missing"};
  return {"references", false, plural(broken, "row") + " refer to rows that are missing", kRecover};
}

bool same(const UsageSums& a, const UsageSums& b) {
  return a.requests == b.requests && a.unpriced == b.unpriced && a.tokens == b.tokens && a.cost == b.cost &&
         a.latency.encode() == b.latency.encode() && a.ttft.encode() == b.ttft.encode();
}

using SumsByKey = std::map<UsageKey, UsageSums>;

/// How many keys have other sums in one than in the other.
std::int64_t differences(const SumsByKey& expected, const SumsByKey& found) {
  std::int64_t count = 0;
  for (const auto& [key, sums] : expected)
    if (const auto at = found.find(key); at == found.end() || !same(sums, at->second)) ++count;
  for (const auto& [key, sums] : found)
    if (!expected.contains(key)) ++count;
  return count;
}

struct SumErrors {
  std::int64_t hours = 0;
  std::int64_t days = 0;
};

/// One day in one moment: a check must not keep the -wal from being emptied for long.
void check_day(Database& database, std::int64_t day, SumErrors& errors) {
  const auto moment = ReadMoment::begin(database);
  SQLite::Database& db = database.raw();
  const std::int64_t begin = day * kHoursADay, end = begin + kHoursADay;
  const SumsByKey hours = sums_in_table(db, Period::hour, begin, end);
  const std::int64_t whole_from = std::max(begin, rows_whole_from(db));
  if (whole_from < end) {
    SumsByKey of_whole(hours.lower_bound({whole_from, -1, -1, -1, {}}), hours.end());
    errors.hours += differences(
        sums_of_rows(db, RequestId::first_at({whole_from * kHourMs}), RequestId::first_at({end * kHourMs})), of_whole);
  }
  if (whole_from > begin) return;
  errors.days += differences(days_of_hours(hours, in_days_before(db)), sums_in_table(db, Period::day, day, day + 1));
}

CheckFinding check_sums(Database& database) {
  SQLite::Database& db = database.raw();
  const auto day_of_row = [&](const char* sql) {
    return RequestId{db.execAndGet(sql).getInt64()}.at().value / (kHourMs * kHoursADay);
  };
  const auto hours = [&](const char* sql) { return db.execAndGet(sql).getInt64() / kHoursADay; };
  const bool any_rows = db.execAndGet("SELECT EXISTS(SELECT 1 FROM requests)").getInt64() != 0;
  const bool any_hours = db.execAndGet("SELECT EXISTS(SELECT 1 FROM usage_hour)").getInt64() != 0;
  if (!any_rows && !any_hours) return {"sums", true, "there are no requests yet"};
  std::int64_t first =
      any_hours ? hours("SELECT min(hour) FROM usage_hour") : day_of_row("SELECT min(id) FROM requests");
  std::int64_t last = any_hours ? hours("SELECT max(hour) FROM usage_hour") : first;
  if (any_rows) {
    first = std::min(first, day_of_row("SELECT min(id) FROM requests"));
    last = std::max(last, day_of_row("SELECT max(id) FROM requests"));
  }
  SumErrors errors;
  for (std::int64_t day = first; day <= last; ++day) check_day(database, day, errors);
  if (errors.hours + errors.days == 0)
    return {"sums", true, "the sums of " + plural(last - first + 1, "day") + " equal their rows"};
  return {"sums", false,
          plural(errors.hours, "sum") + " of hours differ from their rows, " + plural(errors.days, "sum") +
              " of days from their hours",
          kRecover};
}

struct JournalFacts {
  std::int64_t segments = 0, waiting = 0, beyond = 0, damaged = 0, foreign = 0;
};

Status check_segment(Database& db, const fs::path& path, JournalFacts& facts) {
  AIGW_TRY_ASSIGN(auto left, ledger::open_left_segment(path));
  if (!left) {
    ++facts.damaged;
    return {};
  }
  if (left->database_uuid != db.uuid()) {
    ++facts.foreign;
    return {};
  }
  ++facts.segments;
  SQLite::Statement row(db.raw(), "SELECT position FROM segments WHERE epoch = ? AND loop = ? AND number = ?");
  row.bind(1, left->segment->id.epoch);
  row.bind(2, left->segment->id.loop);
  row.bind(3, left->segment->id.number);
  const std::uint64_t position =
      row.executeStep() ? static_cast<std::uint64_t>(int_of(row, 0)) : ledger::kSegmentHeaderBytes;
  const std::uint64_t end = left->segment->published;
  if (position > end) {
    ++facts.beyond;
    return {};
  }
  ledger::SegmentReader reader(left->segment, position);
  for (;;) {
    AIGW_TRY_ASSIGN(const auto record, reader.next(end));
    if (!record) break;
    ++facts.waiting;
  }
  facts.damaged += reader.damage().records;
  return {};
}

Result<CheckFinding> check_journal(Database& db, const fs::path& folder) {
  JournalFacts facts;
  AIGW_TRY_ASSIGN(const auto segments, ledger::list_segments(folder));
  for (const auto& [id, path] : segments) {
    const Status checked = check_segment(db, path, facts);
    std::error_code code;
    // A running gateway deletes what it has ingested.
    if (!checked && fs::exists(path, code)) return checked.error();
  }
  std::string detail = plural(facts.segments, "segment") + ", " + plural(facts.waiting, "record") +
                       " still to be brought into the tables";
  if (facts.foreign > 0) detail += "; " + plural(facts.foreign, "segment") + " of another database";
  if (facts.damaged > 0)
    return CheckFinding{"journal", false, plural(facts.damaged, "record") + " cannot be read; " + detail,
                        "They will be skipped and said in the log: check the disk"};
  if (facts.beyond > 0)
    return CheckFinding{"journal", false,
                        plural(facts.beyond, "segment") + " is shorter than what was read of it; " + detail,
                        "Its rows are in the tables: check the disk, and move it away from " + folder.string()};
  return CheckFinding{"journal", true, std::move(detail)};
}

/// What fails while one thing is looked at is a finding about it.
template <class Look>
void add(CheckReport& report, std::string_view name, Look look) {
  Result<CheckFinding> found = guarded("read it", [&]() -> Result<CheckFinding> { return look(); });
  report.findings.push_back(found ? *std::move(found)
                                  : CheckFinding{std::string(name), false, found.error().message, found.error().next});
}

}  // namespace

bool CheckReport::sound() const { return std::ranges::all_of(findings, &CheckFinding::sound); }

Result<CheckReport> check_database(const fs::path& file, const fs::path& ledger, CheckDepth depth) {
  CheckReport report;
  auto db = Database::open(file, Database::Mode::inspect);
  if (!db && db.error().kind == ErrorKind::not_found) return std::move(db).error();
  if (!db) {
    report.findings.push_back({"file", false, db.error().message, db.error().next});
    return report;
  }
  add(report, "file", [&]() -> Result<CheckFinding> {
    AIGW_TRY_ASSIGN(const auto pending, db->pending());
    const std::int64_t version = db->raw().execAndGet("PRAGMA user_version").getInt64();
    return CheckFinding{"file", true,
                        "schema version " + std::to_string(version) +
                            (pending.empty() ? "" : ", older than this aigw: `aigw db migrate` brings it up to date")};
  });
  add(report, "pages", [&]() -> Result<CheckFinding> { return check_pages(db->raw(), depth); });
  if (!report.sound()) return report;  // what stands on broken pages says nothing
  add(report, "references", [&]() -> Result<CheckFinding> { return check_references(db->raw()); });
  if (depth == CheckDepth::full) add(report, "sums", [&]() -> Result<CheckFinding> { return check_sums(*db); });
  add(report, "journal", [&] { return check_journal(*db, ledger); });
  return report;
}

}  // namespace aigw::store
