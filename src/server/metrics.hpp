#pragma once
// /metrics: what the loops, the ledger and the process count, in Prometheus'
// text format. Names and labels are stable; labels are bounded
// (net/metrics.hpp).

#include "base/time.hpp"
#include "net/server.hpp"
#include "store/ingester.hpp"

#include <filesystem>
#include <string>
#include <string_view>

namespace aigw::server {

struct MetricsSources {
  const store::Ingester* ingester = nullptr;
  std::filesystem::path db;
  std::filesystem::path ledger;
  std::string_view version;
  UnixMillis started;
};

inline constexpr std::string_view kMetricsType = "text/plain; version=0.0.4; charset=utf-8";

/// Reads counters and a few files of /proc; some milliseconds at most. Any
/// thread.
std::string metrics_text(const net::Server& server, const MetricsSources& sources);

}  // namespace aigw::server
