#pragma once
// The providers, models, dialects and paths that aigw knows: one row a provider, one folder a dialect.

#include "llm/codec.hpp"
#include "llm/provider.hpp"

namespace aigw::adapters {

/// Static; any thread.
const llm::Registry& registry();
const llm::Codecs& codecs();

}  // namespace aigw::adapters
