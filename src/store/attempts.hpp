#pragma once
// A request's attempts as one blob of varints: how many, then status, latency, provider and error (interned) of each.

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

/// Empty for no attempts.
std::string encode_attempts(const std::vector<StoredAttempt>& attempts);
/// None when the bytes are no attempts.
std::optional<std::vector<StoredAttempt>> decode_attempts(std::string_view bytes);

}  // namespace aigw::store
