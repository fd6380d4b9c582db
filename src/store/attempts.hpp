#pragma once
// A request's attempts and losses as one blob: varints (how many attempts, then status, latency, provider and error
// (interned) of each), and behind them the lines of what a translation lost.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aigw::store {

struct StoredAttempt {
  std::int32_t status = 0;
  std::uint32_t latency_us = 0;
  std::int64_t provider = 0;  ///< id of its text
  std::int64_t error = 0;     ///< id of its text, 0 when it went well
  bool operator==(const StoredAttempt&) const = default;
};

/// Empty for no attempts and no losses.
std::string encode_attempts(const std::vector<StoredAttempt>& attempts, std::string_view lost = {});

struct StoredAttempts {
  std::vector<StoredAttempt> attempts;
  std::string lost;
};
/// None when the bytes are no attempts.
std::optional<StoredAttempts> decode_attempts(std::string_view bytes);

}  // namespace aigw::store
