#pragma once
// What a snapshot knows of models. Pure; the views and pointers are the snapshot's.

#include "policy/snapshot.hpp"

#include <string_view>
#include <vector>

namespace aigw::policy {

/// What the catalogue says of a model there, or null.
const llm::ModelFact* fact_of(const Snapshot& snapshot, const Provider& provider, std::string_view model);

/// A provider's own list where it is known, else the catalogue's of a well-known one; and what the user has priced.
/// Sorted, each once.
std::vector<std::string_view> models_of(const Snapshot& snapshot, const Provider& provider);

}  // namespace aigw::policy
