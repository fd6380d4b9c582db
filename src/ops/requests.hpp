#pragma once
// What happened: single requests and their sums. What the loops have journalled is brought into SQLite first, so that
// an answer that a client has is in what is read here; where that cannot be now, what is read says so.

#include "ops/context.hpp"
#include "store/request_repository.hpp"
#include "store/stats.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace aigw::ops {

constexpr std::int64_t kRequestsPageMax = 10'000;
constexpr std::int64_t kRequestsPageDefault = 1'000;

/// Why the newest rows are not in what was read: they are safe in the journal, but a full disk or another program's
/// lock keeps them from the database. None: nothing is missing.
using Behind = std::optional<Error>;

/// Which rows; at most one of `last`, `after` and `cursor`, none: the last of a page.
struct RequestQuery {
  std::optional<std::int64_t>
      last;  ///< the newest ones, oldest first; a page holds the first of them: go on with `after`
  std::optional<RequestId> after;       ///< those with larger ids, oldest first
  std::optional<std::uint64_t> cursor;  ///< those that settled since that answer, in the order in which they did
  std::int64_t limit = kRequestsPageDefault;
};

struct RequestPage {
  std::vector<store::RequestRow> rows;
  std::uint64_t cursor = 0;  ///< for the next question with `cursor`; taken before the rows were read: none is missed
  bool missed = false;       ///< the follower was too slow, older rows were forgotten: read them with `after`
  Behind behind;
};

/// @errors bad_request: a limit beyond a page, several of the three
Result<RequestPage> list_requests(const Context& context, const RequestQuery& query);
/// @errors bad_request: no request id; not_found
Result<store::RequestRow> show_request(const Context& context, std::string_view id);

/// "model", "provider", "key", "hour". @errors bad_request with a "did you mean"
Result<store::StatsGroup> group_by(const std::vector<std::string>& names);
/// Where `query` ends.
enum class StatsEnd : std::uint8_t {
  as_said,
  open,  ///< at its `until`, or later: a clock that was wrong may have dated rows ahead of it
};
struct Usage {
  store::StatsReport report;
  Behind behind;
};
Result<Usage> stats(const Context& context, store::StatsQuery query, StatsEnd end);

}  // namespace aigw::ops
