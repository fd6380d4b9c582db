#include "store/vault.hpp"

#include "base/crypto.hpp"
#include "base/files.hpp"
#include "base/text.hpp"
#include "store/setting_repository.hpp"

#include <sys/stat.h>

#include <array>
#include <system_error>

namespace aigw::store {
namespace {

constexpr std::string_view kDataKeySetting = "data_key";
constexpr std::string_view kDataKeyContext = "settings|data_key|value|v1";
constexpr std::string_view kMasterKeyPurpose = "aigw master key v1";
constexpr std::size_t kMasterKeyFileBytesMax = 64 << 10;
constexpr std::size_t kHintCharacters = 4;
constexpr std::size_t kHintSecretMin = 16;  // of a short secret, four characters are too much

std::string row_context(CredentialId id) { return "provider_credentials|" + std::to_string(id.value) + "|secret|v1"; }

std::string hint_of(const Secret& secret) {
  const std::string_view text = secret.reveal();
  return text.size() < kHintSecretMin ? "" : std::string(text.substr(text.size() - kHintCharacters));
}

Secret random_key() {
  std::array<unsigned char, crypto::kSealKeyBytes> bytes;
  crypto::random_bytes(bytes);
  Secret key(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  crypto::wipe(bytes.data(), bytes.size());
  return key;
}

/// Others who can read our own file could open every secret.
Status check_private(const std::filesystem::path& file) {
  struct stat facts {};
  if (::stat(file.c_str(), &facts) == 0 && (facts.st_mode & 077) != 0)
    return make_error(ErrorKind::crypto, "the master key " + file.string() + " can be read by others",
                      "chmod 600 it, and rotate the providers' keys if others did read it");
  return {};
}

/// `may_make`: nothing is sealed yet, so a new key loses nothing.
Result<Secret> read_master_key(const MasterKeySource& source, bool may_make) {
  if (!source.value.empty()) return crypto::derive_key(source.value, kMasterKeyPurpose);
  auto content = files::read_file(source.file, kMasterKeyFileBytesMax);
  if (!content && content.error().kind != ErrorKind::not_found) return std::move(content).error();
  if (!content && (source.file_named || !may_make))
    return make_error(ErrorKind::crypto, "the master key " + source.file.string() + " is missing",
                      source.file_named
                          ? "Check AIGW_MASTER_KEY_FILE"
                          : "Restore that file from a backup, or give the key in AIGW_MASTER_KEY; nothing was changed");
  if (!content) {
    const Secret made = random_key();
    Secret hex(crypto::to_hex(made.reveal()));
    AIGW_TRY(files::write_private_file_atomic(source.file, hex.reveal()));
    return crypto::derive_key(hex, kMasterKeyPurpose);
  }
  const Secret whole(*std::move(content));
  const Secret text{std::string(text::trim(whole.reveal()))};
  if (text.empty())
    return make_error(ErrorKind::crypto, "the master key " + source.file.string() + " is empty",
                      "Restore that file from a backup; nothing was changed");
  if (!source.file_named) AIGW_TRY(check_private(source.file));
  return crypto::derive_key(text, kMasterKeyPurpose);
}

}  // namespace

Result<Vault> Vault::unlock(Database& db, const MasterKeySource& source) {
  SettingRepository settings(db);
  AIGW_TRY_ASSIGN(const auto stored, settings.get(kDataKeySetting));
  AIGW_TRY_ASSIGN(const Secret master, read_master_key(source, !stored));
  if (!stored) {
    Secret data_key = random_key();
    AIGW_TRY_ASSIGN(const std::string sealed, crypto::seal(master, kDataKeyContext, data_key.reveal()));
    AIGW_TRY(settings.set(kDataKeySetting, crypto::to_hex(sealed)));
    return Vault(std::move(data_key));
  }
  const auto sealed = crypto::from_hex(*stored);
  if (sealed)
    if (auto data_key = crypto::open(master, kDataKeyContext, *sealed)) return Vault(*std::move(data_key));
  return make_error(ErrorKind::crypto, "the master key does not fit this database (settings row data_key)",
                    source.value.empty()
                        ? "Restore " + source.file.string() + " from a backup; nothing was changed"
                        : "Check AIGW_MASTER_KEY, or unset it if the key is in a file; nothing was changed");
}

Result<CredentialRow> Vault::add(Database& db, std::string_view provider, std::string_view name, const Secret& secret,
                                 UnixMillis created) const {
  CredentialRepository credentials(db);
  CredentialRow row{{}, std::string(provider), std::string(name), hint_of(secret), created};
  AIGW_TRY_ASSIGN(row.id, credentials.insert(provider, name, row.hint, created));
  AIGW_TRY(replace(db, row.id, secret));
  return row;
}

Status Vault::replace(Database& db, CredentialId id, const Secret& secret) const {
  AIGW_TRY_ASSIGN(const std::string sealed, crypto::seal(data_key_, row_context(id), secret.reveal()));
  return CredentialRepository(db).set_sealed(id, sealed, hint_of(secret));
}

Result<Secret> Vault::reveal(Database& db, CredentialId id) const {
  AIGW_TRY_ASSIGN(const std::string sealed, CredentialRepository(db).sealed(id));
  auto secret = crypto::open(data_key_, row_context(id), sealed);
  if (secret) return secret;
  return make_error(
      ErrorKind::crypto,
      "provider_credentials row " + std::to_string(id.value) + " does not open: it was changed or is another row's",
      "Remove that credential and add the provider's key anew");
}

}  // namespace aigw::store
