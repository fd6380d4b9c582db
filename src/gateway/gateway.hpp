#pragma once
// What all exchanges share: knowledge and settings at one moment. Never changed: a new one is published, and a request
// keeps the one that it began with. Any thread.

#include "http/guard.hpp"
#include "llm/codec.hpp"
#include "llm/option_memory.hpp"
#include "llm/provider.hpp"
#include "llm/seal_table.hpp"
#include "policy/snapshot.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
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
  bool strict = false;  ///< where a request does not say: a loss between dialects is a refusal
  // the driver's
  std::chrono::milliseconds connect{5'000};
  std::chrono::milliseconds first_byte{600'000};
  std::chrono::milliseconds idle{120'000};
  std::chrono::milliseconds client_head{10'000};
  std::chrono::milliseconds client_body{20'000};
  std::chrono::milliseconds client_write{60'000};
  std::chrono::milliseconds keep_alive{75'000};
  std::size_t head_bytes_max = 64U << 10U;  ///< of a request; http/limits holds above it
  std::size_t connections_max = 8192;       ///< of clients, over all loops
  std::size_t upstream_idle_max = 512;      ///< kept connections a provider a loop
  bool log_requests = false;                ///< a line each
};

struct Gateway {
  const llm::Registry* registry = nullptr;
  const llm::Codecs* codecs = nullptr;
  Settings settings;
  std::string_view version;
  std::function<std::string()> metrics;  ///< the text of /metrics; none: there is no such path. Any loop's thread
  policy::SnapshotPtr snapshot;
  // One each for all gateways that were published; none: translation does without.
  std::shared_ptr<llm::SealTable> seals;
  std::shared_ptr<llm::OptionMemory> options;
  std::string config_problem;  ///< why the configuration file's last change does not hold; empty when it does
};

using GatewayPtr = std::shared_ptr<const Gateway>;

}  // namespace aigw::gateway
