#include "cli/format.hpp"

#include <fmt/format.h>

#include <array>

namespace aigw::cli {
namespace {

constexpr double kNanoPerUsd = 1e9;

}  // namespace

std::string count_text(std::int64_t value) {
  std::string digits = std::to_string(value);
  const std::size_t first = value < 0 ? 1 : 0;
  for (std::size_t at = digits.size(); at > first + 3;) digits.insert(at -= 3, ",");
  return digits;
}

std::string bytes_text(std::int64_t value) {
  constexpr std::array kUnits = {"KiB", "MiB", "GiB", "TiB"};
  if (value < 1024) return fmt::format("{} B", value);
  double scaled = static_cast<double>(value) / 1024;
  std::size_t unit = 0;
  for (; scaled >= 1024 && unit + 1 < kUnits.size(); ++unit) scaled /= 1024;
  return fmt::format("{:.1f} {}", scaled, kUnits[unit]);
}

std::string usd_text(std::int64_t nano_usd) {
  const double usd = static_cast<double>(nano_usd) / kNanoPerUsd;
  if (nano_usd == 0) return "$0";
  if (usd >= 1) return fmt::format("${:.2f}", usd);
  std::string small = fmt::format("${:.9f}", usd);
  small.resize(small.find_last_not_of('0') + 1);
  return usd >= 0.01 ? fmt::format("${:.4f}", usd) : small;
}

std::string usd_text(std::optional<std::int64_t> nano_usd) { return nano_usd ? usd_text(*nano_usd) : "unpriced"; }

std::string per_million_text(std::int64_t pico_usd_per_token) {
  return fmt::format("${}", static_cast<double>(pico_usd_per_token) / 1e6);
}

std::string millis_text(std::optional<double> millis) {
  if (!millis) return "-";
  if (*millis < 10) return fmt::format("{:.1f} ms", *millis);
  if (*millis < 1000) return fmt::format("{:.0f} ms", *millis);
  return fmt::format("{:.1f} s", *millis / 1000);
}

std::string short_time(std::string_view iso8601) {
  if (iso8601.size() < 19) return std::string(iso8601);
  return std::string(iso8601.substr(5, 5)) + " " + std::string(iso8601.substr(11, 8));
}

std::string encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                       c == '_' || c == '.' || c == '~';
    if (plain) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

}  // namespace aigw::cli
