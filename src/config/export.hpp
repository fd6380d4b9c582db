#pragma once
// Providers as they would stand in the configuration file. Pure.

#include "config/config.hpp"

#include <string>
#include <vector>

namespace aigw::config {

/// What `parse_toml` reads back the same; keys are left out.
std::string toml_of(const std::vector<Provider>& providers);

}  // namespace aigw::config
