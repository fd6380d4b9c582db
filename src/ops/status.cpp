#include "ops/status.hpp"

#include "ops/collect.hpp"
#include "store/credential_repository.hpp"
#include "store/ingester.hpp"
#include "store/key_repository.hpp"

#include <algorithm>

namespace aigw::ops {

Result<StatusView> status(const Context& context) {
  AIGW_TRY_ASSIGN(store::Database db, context.ingester->open_reader());
  const UnixMillis now = context.clock();
  StatusView view{.version = context.version,
                  .now = now,
                  .started = context.started,
                  .models_date = std::string(context.registry->models_date)};
  AIGW_TRY_ASSIGN(const auto keys, store::KeyRepository(db).live(now));
  AIGW_TRY_ASSIGN(const auto providers, collect_providers(context, db));
  AIGW_TRY_ASSIGN(const auto credentials, store::CredentialRepository(db).list());
  view.keys = static_cast<std::int64_t>(keys.size());
  view.providers = std::ranges::count_if(providers, &Collected::callable);
  view.credentials = static_cast<std::int64_t>(credentials.size());
  view.ledger_lag_bytes = context.ingester->lag_bytes();
  return view;
}

}  // namespace aigw::ops
