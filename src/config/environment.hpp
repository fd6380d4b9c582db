#pragma once
// The process environment: the only place that reads it. Whatever changes it is called while one thread runs
// (start-up).

#include "base/secret.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aigw::config {

/// The variable's value; none when it is unset or empty.
std::optional<std::string> environment(const char* name);

/// Reads a secret and removes it: the value is overwritten in place, since /proc/PID/environ goes on showing the block
/// that the process was started with, and then unset, so that children do not inherit it.
std::optional<Secret> take_environment_secret(const char* name);

/// Names of all variables that begin with `prefix`.
std::vector<std::string> environment_names(std::string_view prefix);

}  // namespace aigw::config
