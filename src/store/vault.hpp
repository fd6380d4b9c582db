#pragma once
// Seals the providers' secrets: a data key, itself sealed under the master key, seals each row with the row bound in.
// The master key protects backups and leaks of the database file; who can read its own file beside the database can
// open both. Immutable after `unlock`; any thread (the Database it is given: on that connection's).

#include "base/secret.hpp"
#include "base/time.hpp"
#include "store/credential_repository.hpp"
#include "store/database.hpp"

#include <filesystem>
#include <string_view>

namespace aigw::store {

/// Where the master key comes from. `value` (AIGW_MASTER_KEY) goes before `file`.
struct MasterKeySource {
  Secret value;
  std::filesystem::path file;
  bool file_named = false;  ///< by AIGW_MASTER_KEY_FILE: then it must exist; else it is made at the first start
};

class Vault {
 public:
  /// Opens the data key, or makes it when the database has none yet: within Ingester::write.
  /// @errors crypto when the master key is missing or another than the one the data key was sealed with. Nothing is
  ///         overwritten then.
  static Result<Vault> unlock(Database& db, const MasterKeySource& source);

  /// Within Ingester::write. @errors conflict when the provider has a credential of that name
  Result<CredentialRow> add(Database& db, std::string_view provider, std::string_view name, const Secret& secret,
                            UnixMillis created) const;
  /// Another secret for the same credential, within Ingester::write. @errors not_found
  Status replace(Database& db, CredentialId id, const Secret& secret) const;
  /// @errors not_found; crypto naming the row when it was changed or swapped
  Result<Secret> reveal(Database& db, CredentialId id) const;

 private:
  explicit Vault(Secret data_key) : data_key_(std::move(data_key)) {}
  Secret data_key_;
};

}  // namespace aigw::store
