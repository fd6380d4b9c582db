#include "store/credential_repository.hpp"

#include "store/door.hpp"

namespace aigw::store {
namespace {

CredentialRow credential_of(const SQLite::Statement& row) {
  return {{int_of(row, 0)}, text_of(row, 1), text_of(row, 2), text_of(row, 3), {int_of(row, 4)}};
}

Error no_such_credential(CredentialId id) {
  return make_error(ErrorKind::not_found, "there is no provider credential " + std::to_string(id.value),
                    "`aigw keys list` shows them");
}

}  // namespace

Result<CredentialId> CredentialRepository::insert(std::string_view provider, std::string_view name,
                                                  std::string_view hint, UnixMillis created) {
  AIGW_TRY_ASSIGN(const auto taken, find(provider, name));
  if (taken)
    return make_error(ErrorKind::conflict,
                      std::string(provider) + " has a credential named \"" + std::string(name) + "\" already",
                      "Choose another --name, or rotate or remove that one");
  return guarded("store the credential", [&]() -> Result<CredentialId> {
    SQLite::Statement row(db_.raw(),
                          "INSERT INTO provider_credentials(provider, name, sealed, hint, created_ms) VALUES(?, ?, "
                          "x'', ?, ?) RETURNING id");
    bind_text(row, 1, provider);
    bind_text(row, 2, name);
    bind_text(row, 3, hint);
    row.bind(4, created.value);
    row.executeStep();
    return CredentialId{int_of(row, 0)};
  });
}

Status CredentialRepository::set_sealed(CredentialId id, std::string_view sealed, std::string_view hint) {
  return guarded("store the credential", [&]() -> Status {
    SQLite::Statement update(db_.raw(), "UPDATE provider_credentials SET sealed = ?, hint = ? WHERE id = ?");
    update.bind(1, static_cast<const void*>(sealed.data()), static_cast<int>(sealed.size()));
    bind_text(update, 2, hint);
    update.bind(3, id.value);
    if (update.exec() == 0) return no_such_credential(id);
    return {};
  });
}

Result<std::string> CredentialRepository::sealed(CredentialId id) const {
  return guarded("read the credential", [&]() -> Result<std::string> {
    SQLite::Statement row(db_.raw(), "SELECT sealed FROM provider_credentials WHERE id = ?");
    row.bind(1, id.value);
    if (!row.executeStep()) return no_such_credential(id);
    return text_of(row, 0);
  });
}

Result<std::vector<CredentialRow>> CredentialRepository::list() const {
  return guarded("list the credentials", [&]() -> Result<std::vector<CredentialRow>> {
    SQLite::Statement row(
        db_.raw(), "SELECT id, provider, name, hint, created_ms FROM provider_credentials ORDER BY provider, name");
    std::vector<CredentialRow> rows;
    while (row.executeStep()) rows.push_back(credential_of(row));
    return rows;
  });
}

Result<std::optional<CredentialRow>> CredentialRepository::find(CredentialId id) const {
  return guarded("read the credential", [&]() -> Result<std::optional<CredentialRow>> {
    SQLite::Statement row(db_.raw(),
                          "SELECT id, provider, name, hint, created_ms FROM provider_credentials WHERE id = ?");
    row.bind(1, id.value);
    return row.executeStep() ? std::optional(credential_of(row)) : std::optional<CredentialRow>{};
  });
}

Result<std::optional<CredentialRow>> CredentialRepository::find(std::string_view provider,
                                                                std::string_view name) const {
  return guarded("read the credential", [&]() -> Result<std::optional<CredentialRow>> {
    SQLite::Statement row(
        db_.raw(),
        "SELECT id, provider, name, hint, created_ms FROM provider_credentials WHERE provider = ? AND name = ?");
    bind_text(row, 1, provider);
    bind_text(row, 2, name);
    return row.executeStep() ? std::optional(credential_of(row)) : std::optional<CredentialRow>{};
  });
}

Status CredentialRepository::remove(CredentialId id) {
  return guarded("remove the credential", [&]() -> Status {
    SQLite::Statement remove(db_.raw(), "DELETE FROM provider_credentials WHERE id = ?");
    remove.bind(1, id.value);
    if (remove.exec() == 0) return no_such_credential(id);
    return {};
  });
}

}  // namespace aigw::store
