#pragma once
// Exact sums over a span of time: whole days and hours from the rollups, the edges from the rows. On the connection's
// thread.

#include "base/money.hpp"
#include "base/time.hpp"
#include "base/tokens.hpp"
#include "store/database.hpp"
#include "store/sketch.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace aigw::store {

/// By what rows are told apart; any mixture.
struct StatsGroup {
  bool model = false;
  bool provider = false;
  bool key = false;
  bool hour = false;
  bool any() const { return model || provider || key || hour; }
};

struct StatsQuery {
  UnixMillis since;
  UnixMillis until;  ///< exclusive
  StatsGroup by;
};

struct Quantiles {
  std::optional<std::uint32_t> p50_us, p95_us, p99_us;  ///< none when nothing was measured
};

struct StatsFigures {
  std::int64_t requests = 0;  ///< all that ended, the unknown ones too
  std::int64_t succeeded = 0;
  std::int64_t failed = 0;
  std::int64_t aborted = 0;
  std::int64_t refused = 0;
  std::int64_t unknown = 0;            ///< were open when their process died
  std::int64_t unpriced_requests = 0;  ///< cost something, but nobody knows what
  NanoUsd cost;                        ///< of the priced ones
  TokenUsage tokens;
  Quantiles latency;  ///< of succeeded, failed and aborted ones
  Quantiles ttft;
};

/// A row has the fields that the query groups by; the others are empty.
struct StatsRow {
  std::string model;  ///< the served one, else the requested one
  std::string provider;
  std::string key;  ///< its name; "#7" when it was removed; empty: no key
  UnixMillis hour;  ///< its beginning, UTC
  StatsFigures figures;
};

struct StatsReport {
  UnixMillis since;
  UnixMillis until;
  StatsFigures totals;
  std::vector<StatsRow> rows;  ///< empty without groups; by hour, then most requests first
};

/// The report's span is the query's, widened to whole hours where rows were removed (see Retention).
/// @errors bad_request when `until` is before `since`
Result<StatsReport> stats(Database& db, const StatsQuery& query);

}  // namespace aigw::store
