#pragma once
// Models that people use today and their list prices: our own table of facts, with its date and source. The user's own
// prices go over it; what is not here is "unpriced", never 0. Static storage; any thread.

#include "llm/provider.hpp"

#include <span>
#include <string_view>

namespace aigw::adapters {

/// When the prices were true.
inline constexpr std::string_view kCatalogDate = "2026-07-24";
inline constexpr std::string_view kCatalogSource =
    "list prices of the providers, checked against litellm's model_prices_and_context_window.json (MIT)";

/// Sorted by (provider, id). Prices are the standard tier's: no batch, priority or long-context surcharge.
std::span<const llm::ModelFact> catalog();

}  // namespace aigw::adapters
