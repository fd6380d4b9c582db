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
  append_all(std::string_view(pieces)...);
}

std::string_view trim(std::string_view text);  ///< spaces, tabs, CR, LF at both ends
std::string to_lower(std::string_view text);   ///< ASCII
inline char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
/// ASCII. Inline: header names are compared dozens of times a request, mostly by their length.
inline bool equal_ignore_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (a[i] != b[i] && lower(a[i]) != lower(b[i])) return false;
  return true;
}
std::vector<std::string_view> split(std::string_view text, char separator);

/// "1500ms" "10s" "5m" "24h" "7d" "2w"; a bare number is refused with the accepted forms.
Result<std::chrono::milliseconds> parse_duration(std::string_view text);
/// "512", "64KiB", "32MiB", "1GiB" (also kb, mb, gb as powers of 1024).
Result<std::int64_t> parse_size_bytes(std::string_view text);

/// The candidate nearest to `word` (edit distance at most a third of its length), or empty.
std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace aigw::text
