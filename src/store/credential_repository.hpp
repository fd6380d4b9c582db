#pragma once
// The providers' secrets as they are stored: sealed. Vault seals and opens them. On the connection's thread.

#include "base/ids.hpp"
#include "base/time.hpp"
#include "store/database.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aigw::store {

struct CredentialRow {
  CredentialId id;
  std::string provider;  ///< its name
  std::string name;      ///< of the credential, unique at its provider
  std::string hint;      ///< the last characters of the secret, for people
  UnixMillis created;
};

class CredentialRepository {
 public:
  explicit CredentialRepository(Database& db) : db_(db) {}

  /// Without its secret: Vault::add fills it in the same transaction. @errors conflict when the name is taken
  Result<CredentialId> insert(std::string_view provider, std::string_view name, std::string_view hint,
                              UnixMillis created);
  Status set_sealed(CredentialId id, std::string_view sealed, std::string_view hint);  ///< @errors not_found
  Result<std::string> sealed(CredentialId id) const;                                   ///< @errors not_found
  Result<std::vector<CredentialRow>> list() const;                                     ///< by provider, then name
  Result<std::optional<CredentialRow>> find(CredentialId id) const;
  Result<std::optional<CredentialRow>> find(std::string_view provider, std::string_view name) const;
  Status remove(CredentialId id);  ///< @errors not_found

 private:
  Database& db_;
};

}  // namespace aigw::store
