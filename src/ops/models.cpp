#include "ops/models.hpp"

#include "ops/snapshot.hpp"
#include "policy/models.hpp"
#include "store/ingester.hpp"
#include "store/model_fact_repository.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace aigw::ops {
namespace {

using Kind = policy::Pricing::Kind;
using Sources = std::map<std::pair<std::string, std::string>, std::string, std::less<>>;

std::string_view price_source(const policy::Provider& provider, const std::string& model, bool priced) {
  if (!priced) return "none";
  if (provider.prices.contains(model)) return "own";
  return provider.pricing.kind == Kind::free ? "free" : "list";
}

std::optional<policy::ModelPrice> list_price(const llm::ModelFact& fact) {
  if (fact.input_pico_usd < 0 || fact.output_pico_usd < 0) return std::nullopt;
  return policy::ModelPrice{
      {fact.input_pico_usd}, {fact.cache_read_pico_usd}, {fact.cache_write_pico_usd}, {fact.output_pico_usd}};
}

/// Where what is known of a model was read last.
Result<Sources> read_sources(const Context& context) {
  AIGW_TRY_ASSIGN(store::Database db, context.ingester->open_reader());
  AIGW_TRY_ASSIGN(const auto rows, store::ModelFactRepository(db).list());
  Sources sources;
  for (const auto& row : rows) sources.insert_or_assign({row.provider, row.model}, row.source);
  return sources;
}

void tell(ModelView& view, const llm::ModelFact* fact, const Sources& sources) {
  if (!fact) return;
  view.context_tokens_max = fact->context_tokens_max;
  view.output_tokens_max = fact->output_tokens_max;
  view.capabilities = fact->capabilities;
  const auto at = sources.find(std::pair(std::string(fact->provider), std::string(fact->id)));
  view.origin = at == sources.end() ? "catalogue" : at->second;
}

}  // namespace

Result<std::vector<ModelView>> list_models(const Context& context) {
  AIGW_TRY_ASSIGN(const policy::SnapshotPtr snapshot, load_snapshot(context));
  AIGW_TRY_ASSIGN(const Sources sources, read_sources(context));
  std::vector<ModelView> models;
  for (const auto& provider : snapshot->providers) {
    for (const std::string_view id : policy::models_of(*snapshot, provider)) {
      ModelView& view = models.emplace_back();
      view.provider = provider.name;
      view.id = id;
      view.callable = true;
      view.learnt = provider.models && provider.models->contains(view.id);
      view.price = snapshot->price(provider, id);
      view.price_source = price_source(provider, view.id, view.price.has_value());
      view.origin = view.learnt ? "provider" : "own";
      tell(view, policy::fact_of(*snapshot, provider, id), sources);
    }
  }
  for (const auto& fact : snapshot->registry->models) {
    if (snapshot->provider(fact.provider)) continue;
    ModelView& view = models.emplace_back();
    view.provider = fact.provider;
    view.id = fact.id;
    view.price = list_price(fact);
    view.price_source = view.price ? "list" : "none";
    tell(view, &fact, sources);
  }
  std::ranges::sort(models, {}, [](const ModelView& row) { return std::tie(row.provider, row.id); });
  return models;
}

}  // namespace aigw::ops
