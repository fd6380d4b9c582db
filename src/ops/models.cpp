#include "ops/models.hpp"

#include "ops/snapshot.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace aigw::ops {
namespace {

using Kind = policy::Pricing::Kind;

const llm::ModelFact* fact_for(const llm::Registry& registry, const policy::Provider& provider,
                               std::string_view model) {
  const std::string_view listed =
      provider.pricing.kind == Kind::as_listed ? std::string_view(provider.pricing.listed_as) : provider.name;
  return registry.model(listed, model);
}

std::string_view price_source(const policy::Provider& provider, const std::string& model, bool priced) {
  if (!priced) return "none";
  if (provider.prices.contains(model)) return "own";
  return provider.pricing.kind == Kind::free ? "free" : "list";
}

/// Its own list where it is known; else the catalogue's of a well-known one, and what the user has priced.
std::set<std::string> models_of(const llm::Registry& registry, const policy::Provider& provider) {
  std::set<std::string> ids;
  if (provider.models)
    ids.insert(provider.models->begin(), provider.models->end());
  else if (provider.well_known)
    for (const auto& fact : registry.models)
      if (fact.provider == provider.name) ids.emplace(fact.id);
  for (const auto& [id, price] : provider.prices) ids.insert(id);
  return ids;
}

}  // namespace

Result<std::vector<ModelView>> list_models(const Context& context) {
  AIGW_TRY_ASSIGN(const policy::SnapshotPtr snapshot, load_snapshot(context));
  const llm::Registry& registry = *context.registry;
  std::vector<ModelView> models;
  for (const auto& provider : snapshot->providers) {
    for (const auto& id : models_of(registry, provider)) {
      auto price = snapshot->price(provider, id);
      models.push_back({.provider = provider.name,
                        .id = id,
                        .callable = true,
                        .learnt = provider.models && provider.models->contains(id),
                        .fact = fact_for(registry, provider, id),
                        .price = price,
                        .price_source = price_source(provider, id, price.has_value())});
    }
  }
  for (const auto& fact : registry.models) {
    if (snapshot->provider(fact.provider)) continue;
    models.push_back({.provider = std::string(fact.provider),
                      .id = std::string(fact.id),
                      .callable = false,
                      .learnt = false,
                      .fact = &fact,
                      .price = policy::ModelPrice{{fact.input_pico_usd},
                                                  {fact.cache_read_pico_usd},
                                                  {fact.cache_write_pico_usd},
                                                  {fact.output_pico_usd}},
                      .price_source = "list"});
  }
  std::ranges::sort(models, {}, [](const ModelView& row) { return std::tie(row.provider, row.id); });
  return models;
}

}  // namespace aigw::ops
