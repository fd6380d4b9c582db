#pragma once
// Small text tools: trimming, case, durations, sizes, suggestions.

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace aigw::text {

std::string_view trim(std::string_view text);  ///< spaces, tabs, CR, LF at both ends
std::string to_lower(std::string_view text);   ///< ASCII
bool equal_ignore_case(std::string_view a, std::string_view b);  ///< ASCII
std::vector<std::string_view> split(std::string_view text, char separator);

/// "1500ms" "10s" "5m" "24h" "7d" "2w"; a bare number is refused with the accepted forms.
Result<std::chrono::milliseconds> parse_duration(std::string_view text);
/// "512", "64KiB", "32MiB", "1GiB" (also kb, mb, gb as powers of 1024).
Result<std::int64_t> parse_size_bytes(std::string_view text);

/// The candidate nearest to `word` (edit distance at most a third of its length), or empty.
std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace aigw::text
