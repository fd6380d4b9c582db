#pragma once
// Character classes of RFC 9110 and 9112. Internal to http.

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

namespace aigw::http::grammar {

inline constexpr auto kTokenChars = [] {
  std::array<bool, 256> table{};
  for (const char c : std::string_view("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"))
    table[static_cast<unsigned char>(c)] = true;
  return table;
}();

inline bool is_token_char(char c) { return kTokenChars[static_cast<unsigned char>(c)]; }
inline bool is_digit(char c) { return c >= '0' && c <= '9'; }
inline int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}
inline bool is_visible(char c) { return c > 0x20 && c < 0x7f; }
inline bool is_visible_or_obs(char c) { return is_visible(c) || static_cast<unsigned char>(c) >= 0x80; }
inline bool is_blank(char c) { return c == ' ' || c == '\t'; }

/// The length of the token that `text` begins with.
inline std::size_t token_length(std::string_view text) {
  return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_token_char) - text.begin());
}

inline std::string_view trim_blanks(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace aigw::http::grammar
