#pragma once
// What all exchanges share: knowledge and settings. Constant after start; any thread.

#include "http/guard.hpp"
#include "llm/codec.hpp"
#include "llm/provider.hpp"

#include <chrono>
#include <string_view>

namespace aigw::gateway {

struct Settings {
  std::chrono::milliseconds gate{15'000};
  std::chrono::milliseconds heartbeat{10'000};
  std::chrono::milliseconds total{3'600'000};
  std::size_t body_bytes_max = 32U << 20U;
  std::size_t answer_bytes_max = 64U << 20U;
  http::HostAllowList hosts;
};

struct Gateway {
  const llm::Registry* registry = nullptr;
  const llm::Codecs* codecs = nullptr;
  Settings settings;
  std::string_view version;
};

}  // namespace aigw::gateway
