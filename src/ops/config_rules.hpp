#pragma once
// What `serve`, a reload and `config check` ask of a configuration as a whole, beyond each value's own bounds. No
// database and no network: what else can be wrong shows only there. Pure; any thread.

#include "base/error.hpp"
#include "config/config.hpp"
#include "llm/provider.hpp"

#include <string>
#include <vector>

namespace aigw::ops {

/// @errors config, the first thing that is wrong
Status check_config(const config::Config& config, const llm::Registry& registry);

/// What is allowed and yet probably not meant, a sentence each.
std::vector<std::string> odd_in_config(const config::Config& config);

}  // namespace aigw::ops
