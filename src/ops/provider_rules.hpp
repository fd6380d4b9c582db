#pragma once
// From what somebody said of a provider (configuration file, database or API: one shape) to what the data plane uses.
// Every rule about base URLs, dialects and pricing stands here. Pure; any thread.

#include "base/error.hpp"
#include "config/config.hpp"
#include "llm/provider.hpp"
#include "policy/snapshot.hpp"

#include <string>

namespace aigw::ops {

/// A well-known name without dialect and base URL takes both, and the list prices, from the registry's row.
/// Credential, key and learnt models are not set here.
/// @errors bad_request with the field in `param`
Result<policy::Provider> checked_provider(const config::Provider& said, const llm::Registry& registry);

/// @errors bad_request: no http(s) URL, or an address that is not allowed
Result<policy::BaseUrl> checked_base_url(std::string_view text, bool allow_private);

/// A row of the registry, as a provider.
policy::Provider well_known_provider(const llm::ProviderSpec& spec);

std::string_view name_of(llm::Auth auth);  ///< "bearer", "x-api-key", "x-goog-api-key", "none"
std::string url_text(const policy::BaseUrl& url);

}  // namespace aigw::ops
