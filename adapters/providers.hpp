#pragma once
// The table of well-known providers: one row each, and nothing else in the program knows their names.

#include "llm/provider.hpp"

#include <span>

namespace aigw::adapters {

/// Sorted by name; static storage.
std::span<const llm::ProviderSpec> providers();

}  // namespace aigw::adapters
