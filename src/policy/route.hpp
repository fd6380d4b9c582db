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
  std::string model;                         ///< as the provider knows it
  std::shared_ptr<const Secret> token = {};  ///< what the key was traded for
  const Secret& credential() const { return token ? *token : provider->key; }
};

/// What a request may go through as: only its own dialect, or any that can be translated.
struct Wanted {
  llm::Dialect dialect = llm::Dialect::none;  ///< the client's
  enum class Others : std::uint8_t { refused, translated } others = Others::refused;
  llm::Dialect into = llm::Dialect::none;  ///< translated: only into this one; none: into any
};

/// In this order: `provider/model` names it; the catalogue's provider of the model, if it can be called; the only
/// configured provider that could serve it (its own list has the model, or it has told none). Among several, one that
/// speaks the client's dialect is preferred. A sole provider is asked for any model of the
/// catalogue. A provider that does is asked in
/// it, else in the first that it speaks.
/// @errors model_not_found, saying how to name one; no_credential
Result<Target> route(const Snapshot& snapshot, Wanted wanted, std::string_view model);

/// For what names no model: the only provider that speaks this dialect. @errors model_not_found; no_credential
Result<Target> sole_speaker(const Snapshot& snapshot, llm::Dialect dialect);

/// For `/{provider}/...`: this provider or an error. `model` may be empty.
Result<Target> route_to(const Provider& provider, Wanted wanted, std::string_view model);

}  // namespace aigw::policy
