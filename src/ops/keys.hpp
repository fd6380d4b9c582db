#pragma once
// Keys that we issue to clients: the text is shown once and only its SHA-256 is kept.

#include "ops/context.hpp"
#include "store/key_repository.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace aigw::ops {

using KeyView = store::KeyRow;

/// "active", "expired" or "revoked".
std::string_view state_of(const KeyView& key, UnixMillis now);

/// A key just made. `secret` exists nowhere else.
struct IssuedKey {
  KeyView row;
  Secret secret;
};

// `which`: an id ("key_12") or a name. Names are unique among the keys that are not revoked.
// @errors not_found with a "did you mean"; conflict: the name is taken; bad_request: a bad name or expiry; database

Result<IssuedKey> issue_key(const Context& context, std::string_view name, std::optional<UnixMillis> expires = {});
Result<std::vector<KeyView>> list_keys(const Context& context);  ///< revoked ones too
Result<KeyView> show_key(const Context& context, std::string_view which);
Result<KeyView> revoke_key(const Context& context, std::string_view which);  ///< a revoked one stays revoked: no error
/// For a key of one run: revokes it, and removes it when no request was made with it.
Result<KeyView> end_key(const Context& context, std::string_view which);
/// Another text for the same key, whose history and limits stay; the old text stops working at once.
Result<IssuedKey> rotate_key(const Context& context, std::string_view which);
/// For good; its requests stay on the ledger, without a name.
Result<KeyView> remove_key(const Context& context, std::string_view which);

}  // namespace aigw::ops
