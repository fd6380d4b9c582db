#pragma once
// The models that can be asked for, where, and at what price.

#include "ops/context.hpp"

#include <optional>
#include <string>
#include <vector>

namespace aigw::ops {

struct ModelView {
  std::string provider;
  std::string id;
  bool callable = false;                    ///< its provider is configured, and has a key or needs none
  bool learnt = false;                      ///< it stands in the provider's own list
  const llm::ModelFact* fact = nullptr;     ///< of the catalogue, none when it does not know the model
  std::optional<policy::ModelPrice> price;  ///< none: unpriced
  std::string_view price_source;            ///< "own", "list", "free" or "none"
};

/// Every model of every callable provider, and the rest of the catalogue; sorted by (provider, id).
/// @errors as load_snapshot
Result<std::vector<ModelView>> list_models(const Context& context);

}  // namespace aigw::ops
