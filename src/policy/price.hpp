#pragma once
// What a usage costs.

#include "base/error.hpp"
#include "base/money.hpp"
#include "base/tokens.hpp"

namespace aigw::policy {

/// Price of one model at one provider.
struct ModelPrice {
  PicoUsdPerToken input;
  PicoUsdPerToken cache_read;
  PicoUsdPerToken cache_write;
  PicoUsdPerToken output;  ///< includes reasoning tokens
  bool operator==(const ModelPrice&) const = default;
};

/// Rounded half up to a nanodollar, once, here. Negative counts are errors of the provider: bad input.
/// @errors internal when the sum leaves 63 bits (about $9.2 billion) or a count is negative
Result<NanoUsd> cost(const TokenUsage& usage, const ModelPrice& price);

}  // namespace aigw::policy
