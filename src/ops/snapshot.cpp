#include "ops/snapshot.hpp"

#include "base/log.hpp"
#include "ops/collect.hpp"
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

}  // namespace

Result<policy::SnapshotPtr> load_snapshot(const Context& context) {
  AIGW_TRY_ASSIGN(store::Database db, context.ingester->open_reader());
  AIGW_TRY_ASSIGN(const auto moment, store::ReadMoment::begin(db));
  auto snapshot = std::make_shared<policy::Snapshot>();
  snapshot->registry = context.registry;
  AIGW_TRY_ASSIGN(auto providers, collect_providers(context, db));
  for (auto& collected : providers) {
    const bool broken_row = collected.problem && collected.origin == Origin::database;
    if (collected.problem && !broken_row) return *std::move(collected.problem);
    if (broken_row)
      log::warn("provider_left_out", {{"provider", collected.provider.name}, {"reason", collected.problem->text()}});
    if (!collected.callable()) continue;
    AIGW_TRY(open_key(context, db, collected.provider));
    snapshot->providers.push_back(std::move(collected.provider));
  }
  AIGW_TRY_ASSIGN(auto keys, store::KeyRepository(db).live(context.clock()));
  for (auto& key : keys) snapshot->keys.emplace(key.hash, policy::IssuedKey{key.id, std::move(key.name)});
  return policy::SnapshotPtr(std::move(snapshot));
}

}  // namespace aigw::ops
