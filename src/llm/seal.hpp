#pragma once
// Seals on their way through a client that speaks another dialect than their maker: wrapped into a text that the client
// stores in its own field for such things and sends back, and that tells us whose it is. Pure.

#include "llm/block.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace aigw::llm {

inline constexpr std::string_view kSealPrefix = "aigw1.";

/// "aigw1.DIALECT.PROVIDER.BYTES" with the last two as base64url without padding.
std::string wrap(const Seal& seal);
/// Nothing for a text that is not ours.
std::optional<Seal> unwrap(std::string_view text);

}  // namespace aigw::llm
