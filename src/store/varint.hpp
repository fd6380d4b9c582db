#pragma once
// Small numbers in few bytes: seven bits a byte, the lowest first. Pure functions.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aigw::store {

constexpr std::size_t kVarintBytesMax = 10;

/// Into memory that has room for it; returns the place behind.
inline char* put_varint(char* at, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) *at++ = static_cast<char>((value & 0x7F) | 0x80);
  *at++ = static_cast<char>(value);
  return at;
}
inline void put_varint(std::string& out, std::uint64_t value) {
  std::array<char, kVarintBytesMax> bytes;
  out.append(bytes.data(), put_varint(bytes.data(), value));
}

/// Takes a number off the front; none when it is cut short or too long.
inline std::optional<std::uint64_t> take_varint(std::string_view& in) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; !in.empty() && shift < 64; shift += 7) {
    const auto byte = static_cast<unsigned char>(in.front());
    in.remove_prefix(1);
    value |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
    if ((byte & 0x80U) == 0) return value;
  }
  return std::nullopt;
}

}  // namespace aigw::store
