#include "ops/keys.hpp"

#include "base/crypto.hpp"
#include "base/text.hpp"
#include "ops/names.hpp"
#include "ops/write.hpp"

#include <utility>

namespace aigw::ops {
namespace {

using store::Database;
using store::KeyRepository;

constexpr std::size_t kPrefixCharacters =
    12;  // "aigw_" and seven of 43: enough to tell keys apart, nothing to guess from

std::string prefix_of(const Secret& key) { return std::string(key.reveal().substr(0, kPrefixCharacters)); }

Error not_found(const std::vector<KeyView>& rows, std::string_view which) {
  std::vector<std::string_view> names;
  for (const auto& row : rows) names.push_back(row.name);
  const auto near = text::nearest(which, names);
  return make_error(ErrorKind::not_found, "there is no key \"" + std::string(which.substr(0, 100)) + "\"",
                    near.empty() ? "aigw keys list shows them all." : "Did you mean \"" + std::string(near) + "\"?");
}

Result<KeyView> find_key(Database& db, std::string_view which) {
  const KeyRepository keys(db);
  const auto id = parse_id("key", which);
  AIGW_TRY_ASSIGN(auto row, id ? keys.find(KeyId{*id}) : keys.find(which));
  if (row) return *std::move(row);
  AIGW_TRY_ASSIGN(const auto rows, keys.list(store::IncludeRevoked::yes));
  return not_found(rows, which);
}

Result<KeyView> revoke(Database& db, std::string_view which, UnixMillis now) {
  AIGW_TRY_ASSIGN(KeyView row, find_key(db, which));
  if (row.revoked) return row;
  row.revoked = now;
  AIGW_TRY(KeyRepository(db).revoke(row.id, now));
  return row;
}

}  // namespace

std::string_view state_of(const KeyView& key, UnixMillis now) {
  if (key.revoked) return "revoked";
  return key.expires && *key.expires <= now ? "expired" : "active";
}

Result<IssuedKey> issue_key(const Context& context, std::string_view name, std::optional<UnixMillis> expires) {
  AIGW_TRY(check_label("key", name));
  const UnixMillis now = context.clock();
  if (expires && *expires <= now) {
    Error error =
        make_error(ErrorKind::bad_request, "the key would have expired already", "Give a moment in the future.");
    error.param = "expires_ms";
    return error;
  }
  Secret secret = crypto::make_issued_key();
  const std::string prefix = prefix_of(secret);
  AIGW_TRY_ASSIGN(KeyView row, write(context, "keys.issue", name, [&](Database& db) {
                    return KeyRepository(db).insert({name, prefix, crypto::sha256(secret.reveal()), now, expires});
                  }));
  return IssuedKey{std::move(row), std::move(secret)};
}

Result<std::vector<KeyView>> list_keys(const Context& context) {
  AIGW_TRY_ASSIGN(Database db, context.ingester->open_reader());
  return KeyRepository(db).list(store::IncludeRevoked::yes);
}

Result<KeyView> show_key(const Context& context, std::string_view which) {
  AIGW_TRY_ASSIGN(Database db, context.ingester->open_reader());
  return find_key(db, which);
}

Result<KeyView> revoke_key(const Context& context, std::string_view which) {
  return write(context, "keys.revoke", which, [&](Database& db) { return revoke(db, which, context.clock()); });
}

Result<KeyView> end_key(const Context& context, std::string_view which) {
  AIGW_TRY(context.ingester->flush());  // its last request may stand in the journal alone
  return write(context, "keys.end", which, [&](Database& db) -> Result<KeyView> {
    AIGW_TRY_ASSIGN(KeyView row, revoke(db, which, context.clock()));
    KeyRepository keys(db);
    AIGW_TRY_ASSIGN(const bool used, keys.used(row.id));
    if (!used) AIGW_TRY(keys.remove(row.id));
    return row;
  });
}

Result<IssuedKey> rotate_key(const Context& context, std::string_view which) {
  Secret secret = crypto::make_issued_key();
  AIGW_TRY_ASSIGN(KeyView row, write(context, "keys.rotate", which, [&](Database& db) -> Result<KeyView> {
                    AIGW_TRY_ASSIGN(KeyView found, find_key(db, which));
                    if (found.revoked)
                      return make_error(ErrorKind::conflict, "the key \"" + found.name + "\" is revoked",
                                        "Issue a new one: aigw keys issue NAME.");
                    found.prefix = prefix_of(secret);
                    AIGW_TRY(KeyRepository(db).rotate(found.id, found.prefix, crypto::sha256(secret.reveal())));
                    return found;
                  }));
  return IssuedKey{std::move(row), std::move(secret)};
}

Result<KeyView> remove_key(const Context& context, std::string_view which) {
  return write(context, "keys.remove", which, [&](Database& db) -> Result<KeyView> {
    AIGW_TRY_ASSIGN(KeyView row, find_key(db, which));
    AIGW_TRY(KeyRepository(db).remove(row.id));
    return row;
  });
}

}  // namespace aigw::ops
