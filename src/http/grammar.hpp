#pragma once
// Character classes of RFC 9110 and 9112. Internal to http.

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace aigw::http::grammar {

inline constexpr auto kTokenChars = [] {
  std::array<bool, 256> table{};
  for (const char c : std::string_view("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"))
    table[static_cast<unsigned char>(c)] = true;
  return table;
}();

/// Of a field's value: visible, obs-text, or a blank.
inline constexpr auto kValueChars = [] {
  std::array<bool, 256> table{};
  for (std::size_t c = 0; c < table.size(); ++c) table[c] = (c >= 0x20 && c != 0x7f) || c == '\t';
  return table;
}();

inline bool is_value_char(char c) { return kValueChars[static_cast<unsigned char>(c)]; }
/// How many characters of a field's value `text` begins with, eight at a time; only words that hold a control character
/// or DEL are looked at closely, for it may be a tab.
inline std::size_t value_length(std::string_view text) {
  constexpr std::uint64_t kOnes = 0x0101010101010101ULL;
  constexpr std::uint64_t kHighs = 0x8080808080808080ULL;
  std::size_t at = 0;
  while (text.size() - at >= 8) {
    std::uint64_t word;
    std::memcpy(&word, text.data() + at, 8);
    const std::uint64_t low = (word - kOnes * 0x20) & ~word;
    const std::uint64_t del_xor = word ^ (kOnes * 0x7f);
    const std::uint64_t del = (del_xor - kOnes) & ~del_xor;
    const std::uint64_t marks = (low | del) & kHighs;  // the lowest is right; a borrow may mark wrongly above it
    if (marks == 0) {
      at += 8;
    } else {
      at += static_cast<std::size_t>(std::countr_zero(marks)) / 8;
      if (!is_value_char(text[at])) return at;
      ++at;
    }
  }
  while (at < text.size() && is_value_char(text[at])) ++at;
  return at;
}
inline bool are_value_chars(std::string_view text) { return value_length(text) == text.size(); }

inline bool is_token_char(char c) { return kTokenChars[static_cast<unsigned char>(c)]; }
inline bool is_digit(char c) { return c >= '0' && c <= '9'; }
inline int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}
inline bool is_visible(char c) { return c > 0x20 && c < 0x7f; }
inline bool is_blank(char c) { return c == ' ' || c == '\t'; }

/// The length of the token that `text` begins with.
inline std::size_t token_length(std::string_view text) {
  std::size_t length = 0;
  while (length < text.size() && is_token_char(text[length])) ++length;
  return length;
}

inline std::string_view trim_blanks(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace aigw::http::grammar
