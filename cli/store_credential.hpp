#pragma once
// Hands a provider's secret to the admin API.

#include "base/error.hpp"
#include "base/secret.hpp"
#include "cli/session.hpp"
#include "json/dom.hpp"

#include <string_view>

namespace aigw::cli {

/// `name` empty: the default one. Replaces the one of that name. Gives its row.
Result<json::Dom> store_credential(Session& session, std::string_view provider, std::string_view name,
                                   const Secret& secret);

}  // namespace aigw::cli
