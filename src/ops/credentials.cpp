#include "ops/credentials.hpp"

#include "base/text.hpp"
#include "ops/access_key.hpp"
#include "ops/collect.hpp"
#include "ops/names.hpp"
#include "ops/service_account.hpp"
#include "ops/write.hpp"
#include "store/vault.hpp"

#include <algorithm>

namespace aigw::ops {
namespace {

using store::CredentialRepository;
using store::Database;

constexpr std::size_t kSecretBytesMax = 8 * 1024;  // OAuth tokens and service accounts reach 2 to 4 KiB

Result<Secret> checked_secret(const Secret& secret) {
  const auto bare = text::trim(secret.reveal());
  const auto refuse = [](std::string message, std::string next) {
    Error error = make_error(ErrorKind::bad_request, std::move(message), std::move(next));
    error.param = "secret";
    return error;
  };
  if (const Secret document{std::string(bare)}; is_service_account(document)) {
    AIGW_TRY_ASSIGN(const ServiceAccount account, read_service_account(document));
    return text_of(account);
  }
  if (bare.empty()) return refuse("the key is empty", "Pipe it in: printf %s \"$KEY\" | aigw keys add PROVIDER.");
  if (bare.size() > kSecretBytesMax) return refuse("the key is longer than 8 KiB", "Check what was piped in.");
  // It becomes a header's value: anything else would split the header or be refused by the provider.
  if (std::ranges::any_of(
          bare, [](char c) { return static_cast<unsigned char>(c) <= 0x20 || static_cast<unsigned char>(c) >= 0x7f; }))
    return refuse("the key holds white space, control or non-ASCII characters",
                  "Check what was piped in: a key is one word.");
  return Secret(std::string(bare));
}

Result<Secret> as_stored(const policy::Provider& provider, const Secret& secret) {
  const auto is_signed = [](const policy::ProviderEndpoint& one) { return one.auth == llm::Auth::aws_bedrock; };
  if (std::ranges::none_of(provider.endpoints, is_signed)) return checked_secret(secret);
  AIGW_TRY_ASSIGN(const Secret pair, as_access_key(secret));
  return checked_secret(pair);
}

Result<Collected> find_provider(const Context& context, Database& db, std::string_view name) {
  AIGW_TRY_ASSIGN(auto all, collect_providers(context, db));
  const auto at =
      std::ranges::find(all, name, [](const Collected& one) { return std::string_view(one.provider.name); });
  if (at == all.end()) return no_such_provider(name, all);
  return std::move(*at);
}

/// @errors bad_request: a service account, and not for this provider
Status check_fits(const policy::Provider& provider, const Secret& key) {
  if (!is_service_account(key)) return {};
  AIGW_TRY_ASSIGN(const ServiceAccount account, read_service_account(key));
  if (provider.takes_service_account()) return check_token_uri(account, provider.allow_private);
  Error error = make_error(ErrorKind::bad_request, "\"" + provider.name + "\" does not take a service account",
                           "Pipe in the key that it gave you.");
  error.param = "secret";
  return error;
}

Error none_stored(std::string_view which) {
  return make_error(ErrorKind::not_found, "no key is stored as \"" + std::string(which.substr(0, 200)) + "\"",
                    "aigw keys list shows them all; aigw keys add PROVIDER stores one.");
}

/// Of several: the one called default, else the oldest.
const CredentialView* chosen_of(const std::vector<CredentialView>& rows, std::string_view provider) {
  const CredentialView* chosen = nullptr;
  for (const auto& row : rows)
    if (row.provider == provider && (!chosen || row.name == kDefaultCredential)) chosen = &row;
  return chosen;
}

Result<CredentialView> find_credential(Database& db, std::string_view which) {
  const CredentialRepository credentials(db);
  std::optional<CredentialView> found;
  const std::size_t slash = which.find('/');
  if (const auto id = parse_id("cred", which)) {
    AIGW_TRY_ASSIGN(found, credentials.find(CredentialId{*id}));
  } else if (slash != std::string_view::npos) {
    AIGW_TRY_ASSIGN(found, credentials.find(which.substr(0, slash), which.substr(slash + 1)));
  } else {
    AIGW_TRY_ASSIGN(const auto rows, credentials.list());
    const auto* chosen = chosen_of(rows, which);
    const bool sole = std::ranges::count(rows, which, &CredentialView::provider) == 1;
    if (chosen && !sole && chosen->name != kDefaultCredential)
      return make_error(ErrorKind::conflict, "several keys are stored for \"" + std::string(which) + "\"",
                        "Name one: " + chosen->provider + "/" + chosen->name + ".");
    if (chosen) found = *chosen;
  }
  if (!found) return none_stored(which);
  return *std::move(found);
}

}  // namespace

Result<CredentialView> put_credential(const Context& context, std::string_view provider, std::string_view name,
                                      const Secret& secret) {
  AIGW_TRY(check_label("credential", name));
  return write(context, "credentials.put", std::string(provider) + "/" + std::string(name),
               [&](Database& db) -> Result<CredentialView> {
                 AIGW_TRY_ASSIGN(const Collected owner, find_provider(context, db, provider));
                 AIGW_TRY_ASSIGN(const Secret bare, as_stored(owner.provider, secret));
                 AIGW_TRY(check_fits(owner.provider, bare));
                 if (const auto entry = file_entry(context, provider);
                     entry && !(entry->key.empty() && entry->sealed_key.empty()))
                   return make_error(ErrorKind::conflict,
                                     "the key of \"" + owner.provider.name + "\" comes from " +
                                         (entry->key_env.empty() ? "the " : entry->key_env + ", ") +
                                         where_in_file(*entry),
                                     "Change it there, or take key and key_env out of the file.");
                 CredentialRepository credentials(db);
                 AIGW_TRY_ASSIGN(const auto there, credentials.find(provider, name));
                 if (!there) return context.vault->add(db, provider, name, bare, context.clock());
                 AIGW_TRY(context.vault->replace(db, there->id, bare));
                 AIGW_TRY_ASSIGN(auto row, credentials.find(there->id));
                 if (!row) return none_stored(provider);
                 return *std::move(row);
               });
}

Result<std::string> seal_for_file(const Context& context, const Secret& secret) {
  AIGW_TRY_ASSIGN(const Secret bare, checked_secret(secret));
  return context.vault->seal_text(bare);
}

Result<std::vector<CredentialView>> list_credentials(const Context& context) {
  AIGW_TRY_ASSIGN(Database db, context.ingester->open_reader());
  return CredentialRepository(db).list();
}

Result<CredentialView> remove_credential(const Context& context, std::string_view which) {
  return write(context, "credentials.remove", which, [&](Database& db) -> Result<CredentialView> {
    AIGW_TRY_ASSIGN(CredentialView row, find_credential(db, which));
    AIGW_TRY(CredentialRepository(db).remove(row.id));
    return row;
  });
}

Result<ProbeReport> test_credential(const Context& context, std::string_view which, std::chrono::milliseconds timeout) {
  AIGW_TRY_ASSIGN(Database db, context.ingester->open_reader());
  AIGW_TRY_ASSIGN(const CredentialView row, find_credential(db, which));
  AIGW_TRY_ASSIGN(Collected owner, find_provider(context, db, row.provider));
  if (owner.problem) return *std::move(owner.problem);
  AIGW_TRY_ASSIGN(owner.provider.key, context.vault->reveal(db, row.id));
  const ProbeTarget target = target_of(owner.provider, timeout);
  return judge(target, context.probe(target));
}

}  // namespace aigw::ops
