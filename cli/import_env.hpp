#pragma once
// Providers' keys that stand in the environment when the gateway starts. Stored after a question or by a flag, never
// unasked, and never shown. One thread.

#include "server/daemon.hpp"

#include <vector>

namespace aigw::cli {

enum class ImportEnv : std::uint8_t { ask, all };

/// `all`: the keys of every well-known provider that has none yet. `ask`: those that the user chooses, where both ends
/// are a terminal and no provider can be called yet; else none.
std::vector<server::NewCredential> keys_of_environment(const llm::Registry& registry, const server::KeysAtStart& keys,
                                                       ImportEnv import);

}  // namespace aigw::cli
