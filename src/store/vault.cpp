#include "store/vault.hpp"

#include "base/crypto.hpp"
#include "base/files.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "store/setting_repository.hpp"

#include <sys/stat.h>

#include <array>
#include <system_error>

namespace aigw::store {
namespace {

constexpr std::string_view kDataKeySetting = "data_key";
constexpr std::string_view kDataKeyContext = "settings|data_key|value|v1";
constexpr std::string_view kSealedTextContext = "configuration|sealed|v1";
constexpr std::string_view kMasterKeyPurpose = "aigw master key v1";
constexpr std::size_t kMasterKeyFileBytesMax = 64 << 10;
constexpr std::size_t kHintCharacters = 4;
constexpr std::size_t kHintSecretMin = 16;  // of a short secret, four characters are too much

std::string row_context(CredentialId id) { return "provider_credentials|" + std::to_string(id.value) + "|secret|v1"; }

std::string hint_of(const Secret& secret) {
  const std::string_view text = secret.reveal();
  if (text.ends_with('}')) return {};  // a document: its end is like that of others
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

/// The text in a key's file. @errors not_found
Result<Secret> read_key_file(const std::filesystem::path& file) {
  AIGW_TRY_ASSIGN(std::string content, files::read_file(file, kMasterKeyFileBytesMax));
  const Secret whole(std::move(content));
  Secret text{std::string(text::trim(whole.reveal()))};
  if (text.empty())
    return make_error(ErrorKind::crypto, "the master key " + file.string() + " is empty",
                      "Restore that file from a backup; nothing was changed");
  return text;
}

/// `may_make`: nothing is sealed yet, so a new key loses nothing.
Result<Secret> read_master_key(const MasterKeySource& source, bool may_make) {
  if (!source.value.empty()) return source.value;
  auto text = read_key_file(source.file);
  if (!text && text.error().kind != ErrorKind::not_found) return std::move(text).error();
  if (!text && (source.file_named || !may_make))
    return make_error(ErrorKind::crypto, "the master key " + source.file.string() + " is missing",
                      source.file_named ? "Check AIGW_MASTER_KEY_FILE"
                                        : "Restore that file from a backup, or give the key in AIGW_MASTER_KEY; "
                                          "nothing was changed");
  if (!text) {
    Secret made = make_master_key();
    AIGW_TRY(files::write_private_file_atomic(source.file, made.reveal()));
    return made;
  }
  if (!source.file_named) AIGW_TRY(check_private(source.file));
  return text;
}

Result<Secret> open_data_key(const Secret& master, std::string_view stored) {
  AIGW_TRY_ASSIGN(const Secret key, crypto::derive_key(master, kMasterKeyPurpose));
  AIGW_TRY_ASSIGN(const std::string sealed, crypto::from_hex(stored));
  return crypto::open(key, kDataKeyContext, sealed);
}

/// What a rotation that did not come to its end left. The key that it was about to put in place, when the database has
/// it already, is put there; the one before serves a database that came back from a backup.
Result<Secret> open_with_left_over_keys(const std::filesystem::path& file, std::string_view stored) {
  const auto opened_by = [&](const std::filesystem::path& other) -> Result<Secret> {
    AIGW_TRY_ASSIGN(const Secret text, read_key_file(other));
    return open_data_key(text, stored);
  };
  if (auto key = opened_by(pending_key_file(file))) {
    AIGW_TRY(put_pending_key_in_place(file));
    log::info("master_key_rotation_finished", {{"file", file.string()}});
    return key;
  }
  auto key = opened_by(previous_key_file(file));
  if (key) log::warn("master_key_is_the_previous_one", {{"file", previous_key_file(file).string()}});
  return key;
}

Status store_data_key(Database& db, const Secret& master, const Secret& data_key) {
  AIGW_TRY_ASSIGN(const Secret key, crypto::derive_key(master, kMasterKeyPurpose));
  AIGW_TRY_ASSIGN(const std::string sealed, crypto::seal(key, kDataKeyContext, data_key.reveal()));
  return SettingRepository(db).set(kDataKeySetting, crypto::to_hex(sealed));
}

std::filesystem::path beside(const std::filesystem::path& file, std::string_view suffix) {
  std::filesystem::path out = file;
  return out += suffix;
}

}  // namespace

std::filesystem::path pending_key_file(const std::filesystem::path& file) { return beside(file, ".new"); }
std::filesystem::path previous_key_file(const std::filesystem::path& file) { return beside(file, ".old"); }

Status put_pending_key_in_place(const std::filesystem::path& file) {
  std::error_code code;
  std::filesystem::rename(pending_key_file(file), file, code);
  if (code) return files::system_error("replace", file, code.value());
  return files::sync_dir(file.parent_path());
}

Secret make_master_key() { return Secret(crypto::to_hex(random_key().reveal())); }

Result<Vault> Vault::unlock(Database& db, const MasterKeySource& source) {
  AIGW_TRY_ASSIGN(const auto stored, SettingRepository(db).get(kDataKeySetting));
  AIGW_TRY_ASSIGN(const Secret master, read_master_key(source, !stored));
  if (!stored) {
    Secret data_key = random_key();
    AIGW_TRY(store_data_key(db, master, data_key));
    return Vault(std::move(data_key));
  }
  if (auto data_key = open_data_key(master, *stored)) return Vault(*std::move(data_key));
  if (source.value.empty())
    if (auto data_key = open_with_left_over_keys(source.file, *stored)) return Vault(*std::move(data_key));
  return make_error(ErrorKind::crypto, "the master key does not fit this database (settings row data_key)",
                    source.value.empty()
                        ? "Restore " + source.file.string() + " from a backup; nothing was changed"
                        : "Check AIGW_MASTER_KEY, or unset it if the key is in a file; nothing was changed");
}

Result<std::string> Vault::seal_text(const Secret& secret) const {
  AIGW_TRY_ASSIGN(const std::string sealed, crypto::seal(data_key_, kSealedTextContext, secret.reveal()));
  return std::string(kSealedPrefix) + crypto::to_hex(sealed);
}

Result<Secret> Vault::open_text(std::string_view sealed) const {
  if (sealed.starts_with(kSealedPrefix))
    if (const auto bytes = crypto::from_hex(sealed.substr(kSealedPrefix.size())))
      if (auto secret = crypto::open(data_key_, kSealedTextContext, *bytes)) return secret;
  return make_error(ErrorKind::crypto, "the sealed value does not open: it was changed, or sealed for another database",
                    "Seal the secret anew with this database: aigw config seal");
}

Status Vault::rewrap(Database& db, const Secret& master) const { return store_data_key(db, master, data_key_); }

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
