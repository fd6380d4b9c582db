#pragma once
// Seals the providers' secrets: a data key, itself sealed under the master key, seals each row with the row bound in.
// The master key protects backups and leaks of the database file; who can read its own file beside the database can
// open both. Immutable after `unlock`; any thread (the Database it is given: on that connection's).

#include "base/secret.hpp"
#include "base/time.hpp"
#include "store/credential_repository.hpp"
#include "store/database.hpp"

#include <filesystem>
#include <string>
#include <string_view>

namespace aigw::store {

inline constexpr std::string_view kSealedPrefix = "sealed:v1:";

/// Where the master key comes from. `value` (AIGW_MASTER_KEY) goes before `file`. Beside `file`, a rotation keeps the
/// key that it is about to put in place as FILE.new and the one before as FILE.old, so that at any moment one of the
/// three opens the database.
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

  /// A value for the configuration file, "sealed:v1:...", that opens with this database and its master key alone.
  Result<std::string> seal_text(const Secret& secret) const;
  /// @errors crypto: no such value, or another database's
  Result<Secret> open_text(std::string_view sealed) const;

  /// From now on the data key opens with `master` (its text) alone; within Ingester::write. What the data key sealed
  /// stays as it is, and so does this Vault.
  Status rewrap(Database& db, const Secret& master) const;

 private:
  explicit Vault(Secret data_key) : data_key_(std::move(data_key)) {}
  Secret data_key_;
};

/// A new key as a text, to be kept in a file.
Secret make_master_key();

/// FILE.new or FILE.old of a master key's file.
std::filesystem::path pending_key_file(const std::filesystem::path& file);
std::filesystem::path previous_key_file(const std::filesystem::path& file);
/// FILE.new becomes FILE, for good.
Status put_pending_key_in_place(const std::filesystem::path& file);

}  // namespace aigw::store
