#include "ops/collect.hpp"

#include "base/text.hpp"
#include "json/dom.hpp"
#include "ops/provider_rules.hpp"
#include "store/credential_repository.hpp"
#include "store/price_repository.hpp"
#include "store/vault.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <unordered_map>

namespace aigw::ops {
namespace {

using ByName = std::map<std::string, Collected, std::less<>>;

constexpr std::string_view kPricedAs = "as:";

void add_well_known(const llm::Registry& registry, ByName& found) {
  for (const auto& spec : registry.providers)
    if (spec.place == llm::ProviderSpec::Place::cloud)
      found.emplace(spec.name, Collected{well_known_provider(spec), Origin::well_known, 0, {}});
}

Collected judged(const config::Provider& said, Origin origin, const llm::Registry& registry) {
  Collected collected{{}, origin, said.line, {}};
  if (auto provider = checked_provider(said, registry)) {
    collected.provider = *std::move(provider);
  } else {
    collected.problem = std::move(provider).error();
  }
  collected.provider.name = said.name;
  return collected;
}

void add_file(const Context& context, ByName& found) {
  const auto config = context.config->get();
  for (const auto& said : config->providers) {
    Collected collected = judged(said, Origin::file, *context.registry);
    collected.provider.key = said.key;
    if (!collected.problem && !said.sealed_key.empty()) {
      if (auto key = context.vault->open_text(said.sealed_key))
        collected.provider.key = *std::move(key);
      else
        collected.problem = std::move(key).error();
    }
    if (collected.problem) {
      collected.problem = std::move(*collected.problem).within(where_in_file(said));
      collected.problem->kind = ErrorKind::config;
    }
    found.insert_or_assign(said.name, std::move(collected));
  }
}

Status add_database(const Context& context, store::Database& db, ByName& found) {
  AIGW_TRY_ASSIGN(const auto rows, store::ProviderRepository(db).list());
  for (const auto& row : rows) {
    if (const auto entry = file_entry(context, row.name)) {
      found[row.name].problem =
          make_error(ErrorKind::conflict,
                     "the provider \"" + row.name + "\" stands in the database and in the configuration file, line " +
                         std::to_string(entry->line),
                     "Keep one: aigw providers rm " + row.name + ", or take it out of the file.");
      continue;
    }
    auto said = said_by(row);
    Collected collected =
        said ? judged(*said, Origin::database, *context.registry) : Collected{{}, Origin::database, 0, said.error()};
    collected.provider.name = row.name;
    collected.provider.id = row.id;
    found.insert_or_assign(row.name, std::move(collected));
  }
  return {};
}

Status add_facts(store::Database& db, ByName& found) {
  AIGW_TRY_ASSIGN(const auto credentials, store::CredentialRepository(db).list());
  for (const auto& row : credentials) {
    const auto at = found.find(row.provider);
    // The one called default, else the oldest; a key that the file names goes before both.
    if (at == found.end() || !at->second.provider.key.empty()) continue;
    if (!at->second.provider.credential || row.name == "default") at->second.provider.credential = row.id;
  }
  AIGW_TRY_ASSIGN(const auto models, store::ProviderRepository(db).models());
  for (const auto& row : models)
    if (const auto at = found.find(row.provider); at != found.end()) {
      auto& known = at->second.provider.models;
      if (!known) known.emplace();
      known->insert(row.model);
    }
  AIGW_TRY_ASSIGN(const auto prices, store::PriceRepository(db).list());
  for (const auto& row : prices)
    if (const auto at = found.find(row.provider); at != found.end())
      at->second.provider.prices.try_emplace(
          row.model, policy::ModelPrice{row.input, row.cache_read, row.cache_write, row.output});
  return {};
}

std::string text_of(const json::Dom& object, const char* name) {
  const auto at = object.find(name);
  return at != object.end() && at->is_string() ? at->get<std::string>() : std::string();
}

}  // namespace

std::string_view name_of(Origin origin) {
  static constexpr std::array<std::string_view, 3> kNames = {"well-known", "file", "database"};
  return kNames[static_cast<std::size_t>(origin)];
}

Result<std::vector<Collected>> collect_providers(const Context& context, store::Database& db) {
  ByName found;
  add_well_known(*context.registry, found);
  add_file(context, found);
  AIGW_TRY(add_database(context, db, found));
  AIGW_TRY(add_facts(db, found));
  std::vector<Collected> out;
  for (auto& [name, collected] : found) out.push_back(std::move(collected));
  return out;
}

store::ProviderRow row_of(const config::Provider& said) {
  json::Dom form = {{"dialect", said.dialect}, {"base_url", said.base_url}};
  if (!said.auth.empty()) form["auth"] = said.auth;
  for (const auto& [dialect, base_url] : said.speaks) form["speaks"][dialect] = base_url;
  store::ProviderRow row;
  row.name = said.name;
  row.endpoints_json = json::dump(form);
  row.allow_private = said.allow_private;
  row.pricing = said.free ? "free" : said.prices_as.empty() ? "" : std::string(kPricedAs) + said.prices_as;
  return row;
}

Result<config::Provider> said_by(const store::ProviderRow& row) {
  const auto form = json::parse_dom(row.endpoints_json);
  if (!form || !form->is_object())
    return make_error(ErrorKind::database, "the row of the provider \"" + row.name + "\" is damaged",
                      "Write it anew: aigw providers set " + row.name + " ...");
  config::Provider said;
  said.name = row.name;
  said.dialect = text_of(*form, "dialect");
  said.base_url = text_of(*form, "base_url");
  said.auth = text_of(*form, "auth");
  if (const auto speaks = form->find("speaks"); speaks != form->end() && speaks->is_object())
    for (const auto& [dialect, base_url] : speaks->items())
      if (base_url.is_string()) said.speaks.push_back({dialect, base_url.get<std::string>()});
  said.allow_private = row.allow_private;
  said.free = row.pricing == "free";
  if (row.pricing.starts_with(kPricedAs)) said.prices_as = row.pricing.substr(kPricedAs.size());
  return said;
}

std::shared_ptr<const config::Provider> file_entry(const Context& context, std::string_view name) {
  const auto config = context.config->get();
  const auto at = std::ranges::find(config->providers, name, &config::Provider::name);
  if (at == config->providers.end()) return nullptr;
  return {config, &*at};
}

std::string where_in_file(const config::Provider& entry) {
  return "configuration file, line " + std::to_string(entry.line) + ", provider \"" + entry.name + "\"";
}

Error no_such_provider(std::string_view name, const std::vector<Collected>& known) {
  std::vector<std::string_view> names;
  for (const auto& collected : known) names.push_back(collected.provider.name);
  const std::string_view near = text::nearest(name, names);
  std::string next = near.empty() ? "" : "Did you mean \"" + std::string(near) + "\"? ";
  return make_error(ErrorKind::not_found, "there is no provider \"" + std::string(name.substr(0, 100)) + "\"",
                    next + "aigw providers list shows them all; aigw providers add NAME adds one.");
}

}  // namespace aigw::ops
