#pragma once
// Is each provider reached, does it take our key, how long does it take: asked by its list of models, in parallel.

#include "ops/context.hpp"

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aigw::ops {

enum class KeyState : std::uint8_t {
  ok,       ///< the provider took it, or answered without one
  missing,  ///< it asks for a key and none is stored
  refused,  ///< it does not take the stored one
  unknown,  ///< it was not reached, or has no list of models
};
std::string_view name_of(KeyState state);

struct ProbeReport {
  std::string provider;
  std::string url;       ///< the base URL that was asked
  bool reached = false;  ///< an HTTP answer came, below 500
  KeyState key = KeyState::unknown;
  std::int32_t status = 0;  ///< 0 when there was no answer
  std::int64_t latency_us = 0;
  std::string error;  ///< what is wrong and what to do, empty when nothing is

  bool healthy() const { return reached && (key == KeyState::ok || key == KeyState::unknown); }
};

/// All callable providers, or the named ones; sorted by name. Waits for the slowest, at most `timeout` and a little.
/// @errors not_found: a name that is not configured, with what is
Result<std::vector<ProbeReport>> probe(const Context& context, std::span<const std::string> names,
                                       std::chrono::milliseconds timeout);

/// Asks for the provider's own list of models and remembers it where it is new. Sorted ids.
/// @errors not_found; upstream_*: no answer, or one that is no list
Result<std::vector<std::string>> learn_models(const Context& context, std::string_view provider,
                                              std::chrono::milliseconds timeout);

/// What one answer says of the key: for `keys test` too.
ProbeReport judge(const ProbeTarget& target, const Result<ProbeResult>& answer);
/// The endpoint to ask: the first that the provider speaks.
ProbeTarget target_of(const policy::Provider& provider, std::chrono::milliseconds timeout);

}  // namespace aigw::ops
