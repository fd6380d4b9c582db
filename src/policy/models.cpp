#include "policy/models.hpp"

#include <algorithm>

namespace aigw::policy {

const llm::ModelFact* fact_of(const Snapshot& snapshot, const Provider& provider, std::string_view model) {
  if (!snapshot.registry) return nullptr;
  if (const llm::ModelFact* own = snapshot.registry->model(provider.name, model)) return own;
  if (provider.pricing.kind != Pricing::Kind::as_listed) return nullptr;
  return snapshot.registry->model(provider.pricing.listed_as, model);
}

std::vector<std::string_view> models_of(const Snapshot& snapshot, const Provider& provider) {
  std::vector<std::string_view> ids;
  if (provider.models)
    ids.assign(provider.models->begin(), provider.models->end());
  else if (provider.well_known && snapshot.registry)
    for (const llm::ModelFact& fact : snapshot.registry->models)
      if (fact.provider == provider.name) ids.push_back(fact.id);
  for (const auto& [id, price] : provider.prices) ids.push_back(id);
  std::ranges::sort(ids);
  const auto same = std::ranges::unique(ids);
  ids.erase(same.begin(), same.end());
  return ids;
}

}  // namespace aigw::policy
