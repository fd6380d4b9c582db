#pragma once
// A home for Gemini CLI, which takes a key at another address than Google's only when its settings say so, and has no
// variable or argument for these.

#include "cli/tools.hpp"

#include <filesystem>
#include <optional>

namespace aigw::cli {

/// In `folder`: the user's own home of that tool as links, but for the settings, which are a copy that chooses the key.
/// What the user changes in it stays while there are no settings of their own. Nothing when theirs choose so already.
/// @errors database; config: the user's settings cannot be read
Result<std::optional<Assignment>> gemini_home(const std::filesystem::path& folder);

}  // namespace aigw::cli
