#pragma once
// Who is calling: ONE extractor for every place a key can stand, then a hash look-up.

#include "base/error.hpp"
#include "base/secret.hpp"
#include "policy/snapshot.hpp"

namespace aigw::policy {

/// Where clients put keys: Authorization (Bearer or Basic's password), x-api-key, x-goog-api-key, api-key, ?key=.
/// Views into the request's head; empty when absent.
struct CredentialFields {
  std::string_view authorization = {};
  std::string_view x_api_key = {};
  std::string_view x_goog_api_key = {};
  std::string_view api_key = {};
  std::string_view query_key = {};
};

/// Who called last on a connection. Its next request mostly brings the same key: while the snapshot is the same one,
/// comparing the key does for hashing it.
struct LastCaller {
  std::uint64_t snapshot_serial = 0;
  Secret presented;
  const IssuedKey* key = nullptr;  ///< of that snapshot
};

/// `last`, if any, is read and brought up to date.
/// @errors unauthorized: no key, two different ones, or an unknown, revoked or expired one
Result<const IssuedKey*> authenticate(const Snapshot& snapshot, const CredentialFields& fields,
                                      LastCaller* last = nullptr);

}  // namespace aigw::policy
