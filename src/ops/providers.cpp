#include "ops/providers.hpp"

#include "config/export.hpp"
#include "ops/provider_rules.hpp"
#include "ops/write.hpp"
#include "store/credential_repository.hpp"
#include "store/price_repository.hpp"

#include <algorithm>

namespace aigw::ops {
namespace {

using store::Database;
using store::ProviderRepository;

Status check_not_in_file(const Context& context, std::string_view name) {
  const auto entry = file_entry(context, name);
  if (!entry) return {};
  return make_error(
      ErrorKind::conflict,
      "the provider \"" + entry->name + "\" stands in the configuration file, line " + std::to_string(entry->line),
      "Change it there; aigw config path says where the file is.");
}

Status check_says_something(const Context& context, const config::Provider& said) {
  const llm::ProviderSpec* spec = context.registry->provider(said.name);
  if (!spec || spec->place != llm::ProviderSpec::Place::cloud || !said.dialect.empty() || !said.base_url.empty() ||
      !said.speaks.empty())
    return {};
  return make_error(ErrorKind::conflict, "\"" + said.name + "\" is well-known and needs no definition",
                    "Store its key: aigw keys add " + said.name + ".");
}

Result<ProviderView> view_of(const Context& context, Database& db, std::string_view name) {
  AIGW_TRY_ASSIGN(auto all, collect_providers(context, db));
  const auto at =
      std::ranges::find(all, name, [](const ProviderView& view) { return std::string_view(view.provider.name); });
  if (at == all.end()) return no_such_provider(name, all);
  return std::move(*at);
}

}  // namespace

Result<std::vector<ProviderView>> list_providers(const Context& context) {
  AIGW_TRY_ASSIGN(Database db, context.ingester->open_reader());
  AIGW_TRY_ASSIGN(const auto moment, store::ReadMoment::begin(db));
  return collect_providers(context, db);
}

Result<std::string> export_providers(const Context& context) {
  AIGW_TRY_ASSIGN(Database db, context.ingester->open_reader());
  AIGW_TRY_ASSIGN(const auto moment, store::ReadMoment::begin(db));
  AIGW_TRY_ASSIGN(const auto rows, ProviderRepository(db).list());
  AIGW_TRY_ASSIGN(const auto prices, store::PriceRepository(db).list());
  std::vector<config::Provider> said;
  for (const auto& row : rows) {
    AIGW_TRY_ASSIGN(config::Provider provider, said_by(row));
    for (const auto& price : prices)
      if (price.provider == row.name)
        provider.prices.push_back({price.model, price.input, price.cache_read, price.cache_write, price.output});
    said.push_back(std::move(provider));
  }
  return config::toml_of(said);
}

Result<ProviderView> add_provider(const Context& context, const config::Provider& said) {
  AIGW_TRY(check_not_in_file(context, said.name));
  AIGW_TRY(check_says_something(context, said));
  AIGW_TRY(checked_provider(said, *context.registry));
  return write(context, "providers.add", said.name, [&](Database& db) -> Result<ProviderView> {
    AIGW_TRY_ASSIGN(const auto taken, ProviderRepository(db).find(said.name));
    if (taken)
      return make_error(ErrorKind::conflict, "there is a provider \"" + said.name + "\" already",
                        "Change it with aigw providers set " + said.name + ", or choose another name.");
    AIGW_TRY(ProviderRepository(db).insert(row_of(said)));
    return view_of(context, db, said.name);
  });
}

Result<ProviderView> set_provider(const Context& context, const config::Provider& said) {
  AIGW_TRY(check_not_in_file(context, said.name));
  AIGW_TRY(checked_provider(said, *context.registry));
  return write(context, "providers.set", said.name, [&](Database& db) -> Result<ProviderView> {
    AIGW_TRY_ASSIGN(const auto there, ProviderRepository(db).find(said.name));
    if (!there) {
      AIGW_TRY_ASSIGN(const auto all, collect_providers(context, db));
      return no_such_provider(said.name, all);
    }
    AIGW_TRY(ProviderRepository(db).update(row_of(said)));
    return view_of(context, db, said.name);
  });
}

Status remove_provider(const Context& context, std::string_view name) {
  return write(context, "providers.remove", name, [&](Database& db) -> Status {
    AIGW_TRY_ASSIGN(const auto there, ProviderRepository(db).find(name));
    if (!there) {
      AIGW_TRY(check_not_in_file(context, name));
      if (context.registry->provider(name))
        return make_error(
            ErrorKind::conflict, "\"" + std::string(name) + "\" is well-known and cannot be removed",
            "Remove its key instead, and it is not called any more: aigw keys rm " + std::string(name) + ".");
      AIGW_TRY_ASSIGN(const auto all, collect_providers(context, db));
      return no_such_provider(name, all);
    }
    store::CredentialRepository credentials(db);
    AIGW_TRY_ASSIGN(const auto rows, credentials.list());
    for (const auto& row : rows)
      if (row.provider == name) AIGW_TRY(credentials.remove(row.id));
    return ProviderRepository(db).remove(name);
  });
}

}  // namespace aigw::ops
