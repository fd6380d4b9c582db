#include "base/base64.hpp"

#include <array>
#include <cstdint>

namespace aigw::base64 {
namespace {

constexpr std::string_view kStandard = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kUrl = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

constexpr auto kValues = [] {
  std::array<std::int8_t, 256> values{};
  values.fill(-1);
  for (std::size_t i = 0; i < 64; ++i) {
    values[static_cast<unsigned char>(kStandard[i])] = static_cast<std::int8_t>(i);
    values[static_cast<unsigned char>(kUrl[i])] = static_cast<std::int8_t>(i);
  }
  return values;
}();

std::string encode_with(std::string_view alphabet, std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : bytes) {
    bits = bits << 8U | static_cast<unsigned char>(c);
    count += 8;
    while (count >= 6) {
      count -= 6;
      out += alphabet[(bits >> static_cast<unsigned>(count)) & 63U];
    }
  }
  if (count > 0) out += alphabet[(bits << static_cast<unsigned>(6 - count)) & 63U];
  return out;
}

}  // namespace

std::string encode(std::string_view bytes) {
  std::string out = encode_with(kStandard, bytes);
  while (out.size() % 4 != 0) out += '=';
  return out;
}

std::string encode_url(std::string_view bytes) { return encode_with(kUrl, bytes); }

std::optional<std::string> decode(std::string_view text) {
  while (text.ends_with('=')) text.remove_suffix(1);
  if (text.size() % 4 == 1) return std::nullopt;
  std::string out;
  out.reserve(text.size() / 4 * 3 + 2);
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const int value = kValues[static_cast<unsigned char>(c)];
    if (value < 0) return std::nullopt;
    bits = bits << 6U | static_cast<std::uint32_t>(value);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out += static_cast<char>(bits >> static_cast<unsigned>(count));
  }
  return out;
}

}  // namespace aigw::base64
