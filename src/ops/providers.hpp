#pragma once
// Providers from three places: the registry's well-known rows, the configuration file, the database.

#include "ops/collect.hpp"
#include "ops/context.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace aigw::ops {

using ProviderView = Collected;

// @errors bad_request with the field; conflict: the name is taken, or stands in the configuration file, where it is
// changed; not_found with a "did you mean"; database

Result<std::vector<ProviderView>> list_providers(const Context& context);  ///< sorted by name
/// What the database says, as the configuration file would. Keys are not in it.
Result<std::string> export_providers(const Context& context);
Result<ProviderView> add_provider(const Context& context, const config::Provider& said);
/// Replaces what the database says of it; credentials, learnt models and prices stay.
Result<ProviderView> set_provider(const Context& context, const config::Provider& said);
/// With its credentials, learnt models and prices.
Status remove_provider(const Context& context, std::string_view name);

}  // namespace aigw::ops
