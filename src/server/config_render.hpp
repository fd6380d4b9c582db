#pragma once
// The configuration as the admin API and `config show` tell it: every value with its source, no secret. Pure.

#include "config/config.hpp"

#include <string>
#include <string_view>

namespace aigw::server {

/// `problem`: why the file's last change does not hold.
/// {"file","profile","problem","settings":[{"key","value","source","where","applies","summary"}],
///  "providers":[{"name","where","dialect","base_url","key"}],"master_key":{"source","where"}}
std::string config_json(const config::Config& config, std::string_view problem = {});

}  // namespace aigw::server
