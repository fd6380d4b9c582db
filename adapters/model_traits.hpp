#pragma once
// What families of models refuse, by the prefix of their names (dialects-requests 2.20; vendors' pages, 2026-11-23).

#include "llm/model_traits.hpp"
#include "llm/request.hpp"

#include <string_view>

namespace aigw::adapters {

/// Permissive for a name that no row knows. A "vendor/" before the name does not count.
llm::ModelTraits model_traits(std::string_view model);

/// The effort for a level: its own word where the model takes that, else the nearest lower one, else the lowest. Empty
/// for levels without a word.
std::string_view effort_for(llm::Reasoning::Level level, const llm::ModelTraits& traits);

}  // namespace aigw::adapters
