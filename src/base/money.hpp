#pragma once
// Money in integers. Prices are picodollars a token ($0.0375 a million tokens is 37'500), costs are nanodollars.
// Rounding happens once, in policy/price.

#include <compare>
#include <cstdint>

namespace aigw {

struct PicoUsdPerToken {
  std::int64_t value = 0;
  auto operator<=>(const PicoUsdPerToken&) const = default;
};

struct NanoUsd {
  std::int64_t value = 0;
  auto operator<=>(const NanoUsd&) const = default;
  NanoUsd& operator+=(NanoUsd other) {
    value += other.value;
    return *this;
  }
};

}  // namespace aigw
