#pragma once
// Numbers and texts in little-endian bytes: bounded writing and reading. One thread.

#include <algorithm>
#include <array>
#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

namespace aigw::ledger {

template <std::integral Number>
constexpr Number little_endian(Number value) {
  if constexpr (std::endian::native == std::endian::little || sizeof(Number) == 1) {
    return value;
  } else {
    auto bytes = std::bit_cast<std::array<unsigned char, sizeof(Number)>>(value);
    std::reverse(bytes.begin(), bytes.end());
    return std::bit_cast<Number>(bytes);
  }
}

/// Writes into memory that the caller has sized for the largest case.
class ByteWriter {
 public:
  explicit ByteWriter(char* begin) : begin_(begin), at_(begin) {}

  template <std::integral Number>
  void number(Number value) {
    value = little_endian(value);
    std::memcpy(at_, &value, sizeof value);
    at_ += sizeof value;
  }
  /// Two bytes of length, then at most `bytes_max` of the text, cut between two UTF-8 characters.
  void text(std::string_view text, std::size_t bytes_max) {
    if (text.size() > bytes_max) {
      std::size_t cut = bytes_max;
      while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xC0U) == 0x80U) --cut;
      text = text.substr(0, cut);
    }
    number(static_cast<std::uint16_t>(text.size()));
    bytes(text);
  }
  void bytes(std::string_view text) {
    if (text.empty()) return;
    std::memcpy(at_, text.data(), text.size());
    at_ += text.size();
  }
  void pad_to(std::size_t alignment) {
    while (size() % alignment != 0) *at_++ = '\0';
  }
  std::size_t size() const { return static_cast<std::size_t>(at_ - begin_); }

 private:
  char* begin_;
  char* at_;
};

/// Reads what may be cut short: `ok()` turns false and stays so, and what is read then is 0 or empty.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : bytes_(bytes) {}

  template <std::integral Number>
  Number number() {
    Number value{};
    const std::string_view raw = bytes(sizeof value);
    if (raw.size() == sizeof value) std::memcpy(&value, raw.data(), sizeof value);
    return little_endian(value);
  }
  std::string_view text() { return bytes(number<std::uint16_t>()); }
  std::string_view bytes(std::size_t count) {
    if (bytes_.size() < count) {
      ok_ = false;
      bytes_ = {};
      return {};
    }
    const std::string_view out = bytes_.substr(0, count);
    bytes_.remove_prefix(count);
    return out;
  }
  /// A number that must be below `count`, as an enumerator.
  template <class Enum>
  Enum enumerator(std::size_t count) {
    const auto value = number<std::uint8_t>();
    if (value >= count) ok_ = false;
    return static_cast<Enum>(value < count ? value : 0);
  }
  bool ok() const { return ok_; }

 private:
  std::string_view bytes_;
  bool ok_ = true;
};

}  // namespace aigw::ledger
