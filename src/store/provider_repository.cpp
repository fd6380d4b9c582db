#include "store/provider_repository.hpp"

#include "store/door.hpp"

#include <array>

namespace aigw::store {
namespace {

ProviderRow provider_of(const SQLite::Statement& row) {
  return {{int_of(row, 0)}, text_of(row, 1), text_of(row, 2), int_of(row, 3) != 0, text_of(row, 4)};
}

Error no_such_provider(std::string_view name) {
  return make_error(ErrorKind::not_found, "there is no provider \"" + std::string(name) + "\" in the database",
                    "`aigw providers list` shows them");
}

}  // namespace

Result<ProviderId> ProviderRepository::insert(const ProviderRow& provider) {
  AIGW_TRY_ASSIGN(const auto taken, find(provider.name));
  if (taken)
    return make_error(ErrorKind::conflict, "there is a provider \"" + provider.name + "\" already",
                      "Choose another name, or change it with `aigw providers set`");
  return guarded("store the provider", [&]() -> Result<ProviderId> {
    SQLite::Statement row(
        db_.raw(), "INSERT INTO providers(name, endpoints, allow_private, pricing) VALUES(?, ?, ?, ?) RETURNING id");
    row.bind(1, provider.name);
    row.bind(2, provider.endpoints_json);
    row.bind(3, provider.allow_private ? 1 : 0);
    row.bind(4, provider.pricing);
    row.executeStep();
    return ProviderId{int_of(row, 0)};
  });
}

Status ProviderRepository::update(const ProviderRow& provider) {
  return guarded("change the provider", [&]() -> Status {
    SQLite::Statement update(db_.raw(),
                             "UPDATE providers SET endpoints = ?, allow_private = ?, pricing = ? WHERE name = ?");
    update.bind(1, provider.endpoints_json);
    update.bind(2, provider.allow_private ? 1 : 0);
    update.bind(3, provider.pricing);
    update.bind(4, provider.name);
    if (update.exec() == 0) return no_such_provider(provider.name);
    return {};
  });
}

Status ProviderRepository::remove(std::string_view name) {
  return guarded("remove the provider", [&]() -> Status {
    SQLite::Statement remove(db_.raw(), "DELETE FROM providers WHERE name = ?");
    bind_text(remove, 1, name);
    if (remove.exec() == 0) return no_such_provider(name);
    for (const char* rest :
         {"DELETE FROM provider_models WHERE provider = ?", "DELETE FROM model_prices WHERE provider = ?",
          "DELETE FROM model_facts WHERE provider = ?"}) {
      SQLite::Statement statement(db_.raw(), rest);
      bind_text(statement, 1, name);
      statement.exec();
    }
    return {};
  });
}

Result<std::vector<ProviderRow>> ProviderRepository::list() const {
  return guarded("list the providers", [&]() -> Result<std::vector<ProviderRow>> {
    SQLite::Statement row(db_.raw(), "SELECT id, name, endpoints, allow_private, pricing FROM providers ORDER BY name");
    std::vector<ProviderRow> rows;
    while (row.executeStep()) rows.push_back(provider_of(row));
    return rows;
  });
}

Result<std::optional<ProviderRow>> ProviderRepository::find(std::string_view name) const {
  return guarded("read the provider", [&]() -> Result<std::optional<ProviderRow>> {
    SQLite::Statement row(db_.raw(),
                          "SELECT id, name, endpoints, allow_private, pricing FROM providers WHERE name = ?");
    bind_text(row, 1, name);
    return row.executeStep() ? std::optional(provider_of(row)) : std::optional<ProviderRow>{};
  });
}

Status ProviderRepository::set_models(std::string_view provider, const std::vector<std::string>& models,
                                      UnixMillis learnt) {
  return guarded("store the provider's models", [&]() -> Status {
    SQLite::Statement remove(db_.raw(), "DELETE FROM provider_models WHERE provider = ?");
    bind_text(remove, 1, provider);
    remove.exec();
    SQLite::Statement insert(db_.raw(),
                             "INSERT OR IGNORE INTO provider_models(provider, model, learnt_ms) VALUES(?, ?, ?)");
    for (const std::string& model : models) {
      insert.reset();
      bind_text(insert, 1, provider);
      insert.bind(2, model);
      insert.bind(3, learnt.value);
      insert.exec();
    }
    return {};
  });
}

Result<std::vector<ProviderModel>> ProviderRepository::models() const {
  return guarded("list the providers' models", [&]() -> Result<std::vector<ProviderModel>> {
    SQLite::Statement row(
        db_.raw(),
        "SELECT provider, model, learnt_ms FROM provider_models WHERE provider >= '' ORDER BY provider, model");
    std::vector<ProviderModel> rows;
    while (row.executeStep()) rows.push_back({text_of(row, 0), text_of(row, 1), {int_of(row, 2)}});
    return rows;
  });
}

}  // namespace aigw::store
