#pragma once
// The process environment: the only place that reads it. Call while one thread runs (start-up).

#include "base/secret.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace aigw::config {

/// The variable's value; none when it is unset or empty.
std::optional<std::string> environment(const char* name);

/// Reads a secret and removes it: the value is overwritten in place, since /proc/PID/environ goes on showing the block
/// that the process was started with, and then unset, so that children do not inherit it.
std::optional<Secret> take_environment_secret(const char* name);

}  // namespace aigw::config
