#pragma once
// Numbers, money, times and query parts as people read them. Pure.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aigw::cli {

std::string count_text(std::int64_t value);   ///< "1,234,567"
std::string bytes_text(std::int64_t value);   ///< "512 B", "1.2 MiB"
std::string usd_text(std::int64_t nano_usd);  ///< "$1.23", small sums to the first digits that say something
std::string usd_text(std::optional<std::int64_t> nano_usd);     ///< "unpriced" for none
std::string per_million_text(std::int64_t pico_usd_per_token);  ///< "$0.15"
std::string millis_text(std::optional<double> millis);          ///< "840 ms", "12.3 s", "-" for none
std::string short_time(std::string_view iso8601);               ///< "11-25 20:09:09" of "2026-11-25T20:09:09.123Z"

/// One segment or value of a target, percent-encoded.
std::string encoded(std::string_view text);

}  // namespace aigw::cli
