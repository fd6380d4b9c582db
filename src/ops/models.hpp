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
  bool callable = false;                ///< its provider is configured, and has a key or needs none
  bool learnt = false;                  ///< it stands in the provider's own list
  std::int64_t context_tokens_max = 0;  ///< 0: unknown
  std::int64_t output_tokens_max = 0;   ///< 0: unknown
  std::string capabilities;             ///< space separated; "" when they are unknown
  std::string origin;                   ///< whose word it is: "catalogue", "litellm", "models.dev", "own", "provider"
  std::optional<policy::ModelPrice> price;  ///< none: unpriced
  std::string_view price_source;            ///< "own", "list", "free" or "none"
};

/// Every model of every callable provider, and the rest of the catalogue; sorted by (provider, id).
/// @errors as load_snapshot
Result<std::vector<ModelView>> list_models(const Context& context);

}  // namespace aigw::ops
