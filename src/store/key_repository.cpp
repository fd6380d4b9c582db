#include "store/key_repository.hpp"

#include "store/door.hpp"

#include <algorithm>
#include <cstring>

namespace aigw::store {
namespace {

std::optional<UnixMillis> maybe_millis_of(const SQLite::Statement& row, int column) {
  const auto value = maybe_int_of(row, column);
  return value ? std::optional(UnixMillis{*value}) : std::nullopt;
}

KeyRow key_of(const SQLite::Statement& row) {
  return {{int_of(row, 0)},        text_of(row, 1),         text_of(row, 2),        {int_of(row, 3)},
          maybe_millis_of(row, 4), maybe_millis_of(row, 5), maybe_millis_of(row, 6)};
}

void bind_hash(SQLite::Statement& statement, int parameter, const crypto::Sha256& hash) {
  statement.bind(parameter, static_cast<const void*>(hash.data()), static_cast<int>(hash.size()));
}

std::optional<std::int64_t> maybe_millis(std::optional<UnixMillis> at) {
  return at ? std::optional(at->value) : std::nullopt;
}

Error no_such_key(std::string_view what) {
  return make_error(ErrorKind::not_found, std::string("there is no ").append(what), "`aigw keys list` shows them");
}

}  // namespace

Result<KeyRow> KeyRepository::insert(const NewKey& key) {
  AIGW_TRY_ASSIGN(const auto taken, find(key.name));
  if (taken && !taken->revoked)
    return make_error(ErrorKind::conflict, "there is a key named \"" + std::string(key.name) + "\" already",
                      "Choose another name, or rotate or revoke that key");
  return guarded("store the key", [&]() -> Result<KeyRow> {
    SQLite::Statement row(db_.raw(),
                          "INSERT INTO issued_keys(name, prefix, hash, created_ms, expires_ms) VALUES(?, ?, ?, ?, ?) "
                          "RETURNING id, name, prefix, created_ms, last_used_ms, expires_ms, revoked_ms");
    bind_text(row, 1, key.name);
    bind_text(row, 2, key.prefix);
    bind_hash(row, 3, key.hash);
    row.bind(4, key.created.value);
    bind_maybe(row, 5, maybe_millis(key.expires));
    row.executeStep();
    return key_of(row);
  });
}

Result<std::vector<KeyRow>> KeyRepository::list(IncludeRevoked include) const {
  return guarded("list the keys", [&]() -> Result<std::vector<KeyRow>> {
    SQLite::Statement row(
        db_.raw(), include == IncludeRevoked::yes
                       ? "SELECT id, name, prefix, created_ms, last_used_ms, expires_ms, revoked_ms FROM issued_keys "
                         "ORDER BY name, id"
                       : "SELECT id, name, prefix, created_ms, last_used_ms, expires_ms, revoked_ms FROM issued_keys "
                         "WHERE revoked_ms IS NULL ORDER BY name, id");
    std::vector<KeyRow> rows;
    while (row.executeStep()) rows.push_back(key_of(row));
    return rows;
  });
}

Result<std::vector<LiveKey>> KeyRepository::live(UnixMillis now) const {
  return guarded("read the keys", [&]() -> Result<std::vector<LiveKey>> {
    SQLite::Statement row(db_.raw(),
                          "SELECT id, name, hash, expires_ms FROM issued_keys WHERE revoked_ms IS NULL "
                          "AND (expires_ms IS NULL OR expires_ms > ?) ORDER BY name, id");
    row.bind(1, now.value);
    std::vector<LiveKey> keys;
    while (row.executeStep()) {
      LiveKey key{{int_of(row, 0)}, text_of(row, 1), {}, maybe_millis_of(row, 3)};
      const SQLite::Column hash = row.getColumn(2);
      if (hash.getBytes() != static_cast<int>(key.hash.size()))
        return make_error(ErrorKind::database,
                          "issued_keys row " + std::to_string(key.id.value) + " has no proper hash",
                          "Revoke the key \"" + key.name + "\" and issue another");
      std::memcpy(key.hash.data(), hash.getBlob(), key.hash.size());
      keys.push_back(std::move(key));
    }
    return keys;
  });
}

Result<std::optional<KeyRow>> KeyRepository::find(KeyId id) const {
  return guarded("read the key", [&]() -> Result<std::optional<KeyRow>> {
    SQLite::Statement row(
        db_.raw(),
        "SELECT id, name, prefix, created_ms, last_used_ms, expires_ms, revoked_ms FROM issued_keys WHERE id = ?");
    row.bind(1, id.value);
    return row.executeStep() ? std::optional(key_of(row)) : std::optional<KeyRow>{};
  });
}

Result<std::optional<KeyRow>> KeyRepository::find(std::string_view name) const {
  return guarded("read the key", [&]() -> Result<std::optional<KeyRow>> {
    SQLite::Statement row(db_.raw(),
                          "SELECT id, name, prefix, created_ms, last_used_ms, expires_ms, revoked_ms FROM issued_keys "
                          "WHERE name = ? ORDER BY id");
    bind_text(row, 1, name);
    std::optional<KeyRow> best;
    while (row.executeStep()) {
      KeyRow key = key_of(row);
      if (!best || !key.revoked || (best->revoked && *key.revoked >= *best->revoked)) best = std::move(key);
      if (!best->revoked) break;
    }
    return best;
  });
}

Status KeyRepository::rotate(KeyId id, std::string_view prefix, const crypto::Sha256& hash) {
  return guarded("rotate the key", [&]() -> Status {
    SQLite::Statement update(db_.raw(),
                             "UPDATE issued_keys SET prefix = ?, hash = ? WHERE id = ? AND revoked_ms IS NULL");
    bind_text(update, 1, prefix);
    bind_hash(update, 2, hash);
    update.bind(3, id.value);
    if (update.exec() == 0) return no_such_key("key of that id that still works");
    return {};
  });
}

Status KeyRepository::revoke(KeyId id, UnixMillis at) {
  return guarded("revoke the key", [&]() -> Status {
    SQLite::Statement update(db_.raw(), "UPDATE issued_keys SET revoked_ms = ? WHERE id = ? AND revoked_ms IS NULL");
    update.bind(1, at.value);
    update.bind(2, id.value);
    if (update.exec() == 0) return no_such_key("key of that id that still works");
    return {};
  });
}

Result<bool> KeyRepository::used(KeyId id) const {
  return guarded("look whether the key was used", [&]() -> Result<bool> {
    SQLite::Statement find(db_.raw(),
                           "SELECT EXISTS(SELECT 1 FROM issued_keys WHERE id = ?1 AND last_used_ms IS NOT NULL) "
                           "OR EXISTS(SELECT 1 FROM requests_open WHERE key = ?1)");
    find.bind(1, id.value);
    return find.executeStep() && int_of(find, 0) != 0;
  });
}

Status KeyRepository::remove(KeyId id) {
  return guarded("remove the key", [&]() -> Status {
    SQLite::Statement remove(db_.raw(), "DELETE FROM issued_keys WHERE id = ?");
    remove.bind(1, id.value);
    if (remove.exec() == 0) return no_such_key("key of that id");
    return {};
  });
}

}  // namespace aigw::store
