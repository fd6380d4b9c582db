#pragma once
// A command in the place of this program: same terminal, same standard streams, same signals, its exit code. One
// thread.

#include "base/error.hpp"
#include "cli/tools.hpp"

#include <optional>
#include <string>
#include <vector>

namespace aigw::cli {

/// Runs `words` (a program, looked up on the PATH, and its arguments) to its end, in this environment with `changes`.
/// Signals sent to this process go on to it; when it stops, so does this process.
/// @returns its exit code; 128 + N when signal N ended it
/// @errors not_found: there is no such program; forbidden: it may not be run
Result<int> run_in_foreground(const std::vector<std::string>& words, const std::vector<Assignment>& changes);

}  // namespace aigw::cli
