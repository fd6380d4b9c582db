#pragma once
// Token counts in four disjoint buckets: no token is in two of them. Reasoning tokens are a part of output.

#include <cstdint>

namespace aigw {

struct TokenUsage {
  std::int64_t input = 0;  ///< prompt tokens neither read from nor written to a cache
  std::int64_t cache_read = 0;
  std::int64_t cache_write = 0;
  std::int64_t output = 0;
  std::int64_t reasoning = 0;  ///< of output, where the provider says so
  bool operator==(const TokenUsage&) const = default;
};

}  // namespace aigw
