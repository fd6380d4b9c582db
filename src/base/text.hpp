#pragma once
// Small text tools: trimming, case, durations, sizes, suggestions.

#include "base/error.hpp"

#include <chrono>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aigw::text {

/// A piece of text whose length the compiler knows where it is a literal.
struct Piece : std::string_view {
  constexpr Piece(std::string_view view) : std::string_view(view) {}
  constexpr Piece(const std::string& text) : std::string_view(text) {}
  template <std::size_t N>
  constexpr Piece(const char (&literal)[N]) : std::string_view(literal, N - 1) {}
};

/// Appends all pieces with one look at the room there is.
template <class... Pieces>
void append(std::string& out, const Pieces&... pieces) {
  const auto append_all = [&out](auto... views) {
    std::size_t at = out.size();
    out.resize(at + (views.size() + ...));
    const auto put = [&](std::string_view view) {
      if (!view.empty()) std::memcpy(out.data() + at, view.data(), view.size());
      at += view.size();
    };
    (put(views), ...);
  };
  append_all(Piece(pieces)...);
}

std::string_view trim(std::string_view text);  ///< spaces, tabs, CR, LF at both ends
std::string to_lower(std::string_view text);   ///< ASCII
inline char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
/// The same for eight characters at once.
inline std::uint64_t lower8(const char* from) {
  constexpr std::uint64_t kOnes = 0x0101010101010101ULL;
  std::uint64_t word;
  std::memcpy(&word, from, 8);
  const std::uint64_t low7 = word & (kOnes * 0x7f);
  const std::uint64_t from_a = low7 + kOnes * (0x80 - 'A');  // top bit: 'A' or more
  const std::uint64_t over_z = low7 + kOnes * (0x7f - 'Z');  // top bit: more than 'Z'
  return word | ((from_a & ~over_z & ~word & (kOnes * 0x80)) >> 2U);
}
/// ASCII. Inline: header names are compared dozens of times a request, mostly by their length.
inline bool equal_ignore_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  std::size_t at = 0;
  for (; a.size() - at >= 8; at += 8)
    if (lower8(a.data() + at) != lower8(b.data() + at)) return false;
  for (; at < a.size(); ++at)
    if (a[at] != b[at] && lower(a[at]) != lower(b[at])) return false;
  return true;
}
/// Where `word`, of two characters or more, stands in `text`; npos when nowhere. Sixteen places at a time: for words
/// that begin with a frequent character, at each of which std::string_view::find stops.
std::size_t find(std::string_view text, std::string_view word);
inline bool contains(std::string_view text, std::string_view word) {
  return find(text, word) != std::string_view::npos;
}
/// The first LF or CR at or behind `at`, the end of the text when there is none.
std::size_t find_line_end(std::string_view text, std::size_t at);
std::vector<std::string_view> split(std::string_view text, char separator);

/// "1500ms" "10s" "5m" "24h" "7d" "2w"; a bare number is refused with the accepted forms.
Result<std::chrono::milliseconds> parse_duration(std::string_view text);
/// "512", "64KiB", "32MiB", "1GiB" (also kb, mb, gb as powers of 1024).
Result<std::int64_t> parse_size_bytes(std::string_view text);

/// The candidate nearest to `word` (edit distance at most a third of its length), or empty.
std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace aigw::text
