#pragma once
// CRC-32C (Castagnoli), by the processor's own instruction where it has one. Any thread.

#include <cstdint>
#include <string_view>

namespace aigw::ledger {

/// `seed` continues an earlier sum, or tells files apart.
std::uint32_t crc32c(std::string_view bytes, std::uint32_t seed = 0);

/// Without the instruction; the tests hold both to the same answers.
std::uint32_t crc32c_portable(std::string_view bytes, std::uint32_t seed = 0);

}  // namespace aigw::ledger
