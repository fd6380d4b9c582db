#pragma once
// Who is calling: ONE extractor for every place a key can stand, then a hash look-up.

#include "base/error.hpp"
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

/// @errors unauthorized: no key, two different ones, or an unknown, revoked or expired one
Result<const IssuedKey*> authenticate(const Snapshot& snapshot, const CredentialFields& fields);

}  // namespace aigw::policy
