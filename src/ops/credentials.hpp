#pragma once
// Providers' own secrets: sealed in the database, never given out again.

#include "ops/context.hpp"
#include "ops/probe.hpp"
#include "store/credential_repository.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace aigw::ops {

inline constexpr std::string_view kDefaultCredential = "default";

using CredentialView = store::CredentialRow;

// `which`: "cred_3", "PROVIDER" (its default one, else its only one) or "PROVIDER/NAME".
// @errors not_found with a "did you mean"; bad_request; conflict: the provider's key comes from the configuration file,
// or several could be meant; crypto; database

/// Replaces the one of that name. White space around the secret is cut off, as pipes add it.
Result<CredentialView> put_credential(const Context& context, std::string_view provider, std::string_view name,
                                      const Secret& secret);
/// The key as it may stand in the configuration file of this database: "sealed:v1:...".
Result<std::string> seal_for_file(const Context& context, const Secret& secret);
Result<std::vector<CredentialView>> list_credentials(const Context& context);
Result<CredentialView> remove_credential(const Context& context, std::string_view which);
/// Asks the provider whether it takes the key.
Result<ProbeReport> test_credential(const Context& context, std::string_view which, std::chrono::milliseconds timeout);

}  // namespace aigw::ops
