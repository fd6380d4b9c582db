#pragma once
// Which provider serves a model.

#include "base/error.hpp"
#include "policy/snapshot.hpp"

#include <string>

namespace aigw::policy {

/// Where one request goes. Points into the snapshot.
struct Target {
  const Provider* provider = nullptr;
  const ProviderEndpoint* endpoint = nullptr;
  std::string model;  ///< as the provider knows it
};

/// In this order: `provider/model` names it; the catalogue's provider of the model, if it can be called; the only
/// configured provider that could serve it (its own list has the model, or it has told none).
/// @errors model_not_found, saying how to name one; no_credential
Result<Target> route(const Snapshot& snapshot, llm::Dialect dialect, std::string_view model);

/// For `/{provider}/...`: this provider or an error. `model` may be empty.
Result<Target> route_to(const Provider& provider, llm::Dialect dialect, std::string_view model);

}  // namespace aigw::policy
