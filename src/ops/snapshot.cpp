#include "ops/snapshot.hpp"

#include "base/log.hpp"
#include "ops/collect.hpp"
#include "ops/model_facts.hpp"
#include "ops/service_account.hpp"
#include "store/ingester.hpp"
#include "store/key_repository.hpp"
#include "store/vault.hpp"

#include <utility>

namespace aigw::ops {
namespace {

Status open_key(const Context& context, store::Database& db, policy::Provider& provider) {
  if (!provider.credential || !provider.key.empty()) return {};
  AIGW_TRY_ASSIGN(provider.key, context.vault->reveal(db, provider.credential));
  return {};
}

void trade_key(const Context& context, policy::Provider& provider) {
  if (context.tokens && provider.takes_service_account() && is_service_account(provider.key))
    provider.tokens = context.tokens(provider);
}

/// A snapshot whose catalogue has the user's facts over it.
struct SnapshotWithFacts : policy::Snapshot {
  std::vector<store::ModelFactRow> rows;
  std::vector<llm::ModelFact> facts;
  llm::Registry merged;

  void lay(const llm::Registry& catalogue, std::vector<store::ModelFactRow> over) {
    registry = &catalogue;
    if (over.empty()) return;
    rows = std::move(over);
    facts = merged_facts(catalogue, rows);
    merged = catalogue;
    merged.models = facts;
    registry = &merged;
  }

  /// A price that the user corrected holds however the provider is priced otherwise.
  void price_own(policy::Provider& provider) const {
    for (const store::ModelFactRow& row : rows) {
      const bool says_price =
          row.input_pico_usd || row.output_pico_usd || row.cache_read_pico_usd || row.cache_write_pico_usd;
      if (row.layer != store::ModelFactRow::Layer::own || row.provider != provider.name || !says_price) continue;
      const llm::ModelFact* fact = registry->model(row.provider, row.model);
      if (fact && fact->input_pico_usd >= 0 && fact->output_pico_usd >= 0)
        provider.prices.try_emplace(row.model, policy::ModelPrice{{fact->input_pico_usd},
                                                                  {fact->cache_read_pico_usd},
                                                                  {fact->cache_write_pico_usd},
                                                                  {fact->output_pico_usd}});
    }
  }
};

}  // namespace

Result<policy::SnapshotPtr> load_snapshot(const Context& context) {
  AIGW_TRY_ASSIGN(store::Database db, context.ingester->open_reader());
  AIGW_TRY_ASSIGN(const auto moment, store::ReadMoment::begin(db));
  auto snapshot = std::make_shared<SnapshotWithFacts>();
  AIGW_TRY_ASSIGN(auto facts, store::ModelFactRepository(db).list());
  snapshot->lay(*context.registry, std::move(facts));
  AIGW_TRY_ASSIGN(auto providers, collect_providers(context, db));
  for (auto& collected : providers) {
    const bool broken_row = collected.problem && collected.origin == Origin::database;
    if (collected.problem && !broken_row) return *std::move(collected.problem);
    if (broken_row)
      log::warn("provider_left_out", {{"provider", collected.provider.name}, {"reason", collected.problem->text()}});
    if (!collected.callable()) continue;
    AIGW_TRY(open_key(context, db, collected.provider));
    trade_key(context, collected.provider);
    snapshot->price_own(collected.provider);
    snapshot->providers.push_back(std::move(collected.provider));
  }
  AIGW_TRY_ASSIGN(auto keys, store::KeyRepository(db).live(context.clock()));
  for (auto& key : keys) snapshot->keys.emplace(key.hash, policy::IssuedKey{key.id, std::move(key.name)});
  return policy::SnapshotPtr(std::move(snapshot));
}

}  // namespace aigw::ops
