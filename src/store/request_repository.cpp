#include "store/request_repository.hpp"

#include "store/attempts.hpp"
#include "store/door.hpp"

#include <unordered_map>

namespace aigw::store {
namespace {

#define AIGW_REQUEST_COLUMNS                                                                                    \
  "SELECT r.id, r.key, r.credential, r.client_dialect, r.provider_dialect, r.operation, r.stream, r.outcome, "  \
  "r.status, "                                                                                                  \
  "r.usage_source, r.input, r.cache_read, r.cache_write, r.output, r.reasoning, r.cost, r.held, r.latency_us, " \
  "r.ttft_us, "                                                                                                 \
  "r.bytes_in, r.bytes_out, k.name, p.text, q.text, s.text, e.text, r.attempts FROM requests r "                \
  "LEFT JOIN issued_keys k ON k.id = r.key LEFT JOIN texts p ON p.id = r.provider LEFT JOIN texts q ON q.id = " \
  "r.model_requested "                                                                                          \
  "LEFT JOIN texts s ON s.id = r.model_served LEFT JOIN texts e ON e.id = r.error "
constexpr const char* kPageAfter = AIGW_REQUEST_COLUMNS "WHERE r.id > ? ORDER BY r.id LIMIT ?";
constexpr const char* kFind = AIGW_REQUEST_COLUMNS "WHERE r.id = ?";
#undef AIGW_REQUEST_COLUMNS

#define AIGW_OPEN_COLUMNS                                                                                       \
  "SELECT r.id, r.key, r.client_dialect, r.operation, r.stream, r.reserved, k.name, p.text, q.text FROM "       \
  "requests_open r "                                                                                            \
  "LEFT JOIN issued_keys k ON k.id = r.key LEFT JOIN texts p ON p.id = r.provider LEFT JOIN texts q ON q.id = " \
  "r.model_requested "
constexpr const char* kOpenRows = AIGW_OPEN_COLUMNS "WHERE r.id > 0 ORDER BY r.id LIMIT ?";
constexpr const char* kFindOpen = AIGW_OPEN_COLUMNS "WHERE r.id = ?";
#undef AIGW_OPEN_COLUMNS

/// Names of attempts: few, and the same again and again.
class Names {
 public:
  explicit Names(SQLite::Database& db) : find_(db, "SELECT text FROM texts WHERE id = ?") {}
  const std::string& of(std::int64_t id) {
    const auto [entry, is_new] = names_.try_emplace(id);
    if (is_new && id != 0) {
      find_.reset();
      find_.bind(1, id);
      if (find_.executeStep()) entry->second = text_of(find_, 0);
    }
    return entry->second;
  }

 private:
  SQLite::Statement find_;
  std::unordered_map<std::int64_t, std::string> names_;
};

Error unreadable(RequestId id, std::string_view what) {
  return make_error(ErrorKind::database, "requests row " + id.text() + " has an unreadable " + std::string(what),
                    "Restore a backup");
}

/// Numbers that stand for something must stand for something known, whoever wrote the file.
template <class Enum>
bool read_enum(const SQLite::Statement& row, int column, Enum last, Enum& out) {
  const std::int64_t value = int_of(row, column);
  out = static_cast<Enum>(value);
  return value >= 0 && value <= static_cast<std::int64_t>(last);
}

Result<RequestRow> request_of(const SQLite::Statement& row, Names& names) {
  RequestRow request;
  request.id.value = int_of(row, 0);
  request.key.value = int_of(row, 1);
  request.credential.value = int_of(row, 2);
  if (!read_enum(row, 3, llm::Dialect::gemini_generate, request.client_dialect) ||
      !read_enum(row, 4, llm::Dialect::gemini_generate, request.provider_dialect) ||
      !read_enum(row, 5, llm::kLastOperation, request.operation) ||
      !read_enum(row, 7, ledger::Outcome::unknown, request.outcome) ||
      !read_enum(row, 9, ledger::UsageSource::estimated, request.usage_source))
    return unreadable(request.id, "column of kinds");
  request.stream = int_of(row, 6) != 0;
  request.status = static_cast<std::int32_t>(int_of(row, 8));
  if (!row.isColumnNull(10))
    request.tokens = TokenUsage{int_of(row, 10), int_of(row, 11), int_of(row, 12), int_of(row, 13), int_of(row, 14)};
  if (const auto cost = maybe_int_of(row, 15)) request.cost = NanoUsd{*cost};
  if (const auto held = maybe_int_of(row, 16)) request.held = NanoUsd{*held};
  request.latency_us = static_cast<std::uint32_t>(int_of(row, 17));
  if (const auto ttft = maybe_int_of(row, 18)) request.ttft_us = static_cast<std::uint32_t>(*ttft);
  request.bytes_in = int_of(row, 19);
  request.bytes_out = int_of(row, 20);
  request.key_name = text_of(row, 21);
  request.provider = text_of(row, 22);
  request.model_requested = text_of(row, 23);
  request.model_served = text_of(row, 24);
  request.error = text_of(row, 25);
  auto blob = decode_attempts(text_of(row, 26));
  if (!blob) return unreadable(request.id, "list of attempts");
  request.lost = std::move(blob->lost);
  for (const StoredAttempt& attempt : blob->attempts)
    request.attempts.push_back(
        {names.of(attempt.provider), attempt.status, attempt.latency_us, names.of(attempt.error)});
  return request;
}

Result<RequestRow> open_request_of(const SQLite::Statement& row) {
  RequestRow request;
  request.id.value = int_of(row, 0);
  request.key.value = int_of(row, 1);
  if (!read_enum(row, 2, llm::Dialect::gemini_generate, request.client_dialect) ||
      !read_enum(row, 3, llm::kLastOperation, request.operation))
    return unreadable(request.id, "column of kinds");
  request.stream = int_of(row, 4) != 0;
  request.held = NanoUsd{int_of(row, 5)};
  request.key_name = text_of(row, 6);
  request.provider = text_of(row, 7);
  request.model_requested = text_of(row, 8);
  return request;
}

}  // namespace

Result<std::vector<RequestRow>> RequestRepository::page_after(RequestId after, int limit) const {
  return guarded("read requests", [&]() -> Result<std::vector<RequestRow>> {
    SQLite::Statement row(db_.raw(), kPageAfter);
    row.bind(1, after.value);
    row.bind(2, limit);
    Names names(db_.raw());
    std::vector<RequestRow> rows;
    while (row.executeStep()) {
      AIGW_TRY_ASSIGN(RequestRow request, request_of(row, names));
      rows.push_back(std::move(request));
    }
    return rows;
  });
}

Result<RequestId> RequestRepository::start_of_last(std::int64_t count) const {
  return guarded("read requests", [&]() -> Result<RequestId> {
    SQLite::Statement row(db_.raw(), "SELECT id FROM requests WHERE id > 0 ORDER BY id DESC LIMIT 1 OFFSET ?");
    row.bind(1, count);
    return row.executeStep() ? RequestId{int_of(row, 0)} : RequestId{};
  });
}

Result<std::optional<RequestRow>> RequestRepository::find(RequestId id) const {
  return guarded("read the request", [&]() -> Result<std::optional<RequestRow>> {
    // Both looks are of one moment: a request that settles in between would be in neither.
    AIGW_TRY_ASSIGN(const ReadMoment moment, ReadMoment::begin(db_));
    Names names(db_.raw());
    SQLite::Statement settled(db_.raw(), kFind);
    settled.bind(1, id.value);
    if (settled.executeStep()) {
      AIGW_TRY_ASSIGN(RequestRow request, request_of(settled, names));
      return std::optional(std::move(request));
    }
    SQLite::Statement open(db_.raw(), kFindOpen);
    open.bind(1, id.value);
    if (!open.executeStep()) return std::optional<RequestRow>{};
    AIGW_TRY_ASSIGN(RequestRow request, open_request_of(open));
    return std::optional(std::move(request));
  });
}

Result<std::vector<RequestRow>> RequestRepository::open_rows(int limit) const {
  return guarded("read open requests", [&]() -> Result<std::vector<RequestRow>> {
    SQLite::Statement row(db_.raw(), kOpenRows);
    row.bind(1, limit);
    std::vector<RequestRow> rows;
    while (row.executeStep()) {
      AIGW_TRY_ASSIGN(RequestRow request, open_request_of(row));
      rows.push_back(std::move(request));
    }
    return rows;
  });
}

Result<RequestId> RequestRepository::max_id() const {
  return guarded("read requests", [&]() -> Result<RequestId> {
    return RequestId{db_.raw().execAndGet("SELECT coalesce(max(id), 0) FROM requests").getInt64()};
  });
}

}  // namespace aigw::store
