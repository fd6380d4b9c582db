#pragma once
// What all exchanges share: knowledge and settings. Constant after start; any thread.

#include "http/guard.hpp"
#include "llm/codec.hpp"
#include "llm/provider.hpp"

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

namespace aigw::gateway {

/// Who may read /metrics: names of providers and models, and what was spent.
enum class MetricsAccess : std::uint8_t { with_key, open };

struct Settings {
  std::chrono::milliseconds gate{15'000};
  std::chrono::milliseconds heartbeat{10'000};
  std::chrono::milliseconds total{3'600'000};
  std::size_t body_bytes_max = 32U << 20U;
  std::size_t answer_bytes_max = 64U << 20U;
  http::HostAllowList hosts;
  MetricsAccess metrics = MetricsAccess::with_key;
};

struct Gateway {
  const llm::Registry* registry = nullptr;
  const llm::Codecs* codecs = nullptr;
  Settings settings;
  std::string_view version;
  std::function<std::string()> metrics;  ///< the text of /metrics; none: there is no such path. Any loop's thread
};

}  // namespace aigw::gateway
