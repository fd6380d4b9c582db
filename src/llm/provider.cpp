#include "llm/provider.hpp"

#include <algorithm>
#include <utility>

namespace aigw::llm {

const ProviderSpec* Registry::provider(std::string_view name) const {
  const auto at = std::ranges::lower_bound(providers, name, {}, &ProviderSpec::name);
  return at != providers.end() && at->name == name ? &*at : nullptr;
}

const ModelFact* Registry::model(std::string_view provider, std::string_view id) const {
  const auto key = [](const ModelFact& fact) { return std::pair(fact.provider, fact.id); };
  const auto at = std::ranges::lower_bound(models, std::pair(provider, id), {}, key);
  return at != models.end() && key(*at) == std::pair(provider, id) ? &*at : nullptr;
}

Auth Registry::default_auth(Dialect dialect) {
  return dialect == Dialect::anthropic_messages ? Auth::x_api_key : Auth::bearer;
}

}  // namespace aigw::llm
