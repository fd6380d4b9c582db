#include "cli/time_option.hpp"

#include "base/text.hpp"

#include <array>
#include <charconv>
#include <chrono>
#include <optional>

namespace aigw::cli {
namespace {

/// Digits where `shape` has '0', the same character elsewhere; up to six numbers.
std::optional<std::array<int, 6>> numbers_in(std::string_view text, std::string_view shape) {
  if (text.size() != shape.size()) return std::nullopt;
  std::array<int, 6> out{};
  std::size_t at = 0;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (shape[i] != '0') {
      if (text[i] != shape[i]) return std::nullopt;
      ++at;
      continue;
    }
    if (!digit) return std::nullopt;
    out[at] = out[at] * 10 + (text[i] - '0');
  }
  return out;
}

}  // namespace

Result<UnixMillis> parse_moment(std::string_view text, UnixMillis now) {
  if (const auto back = text::parse_duration(text))
    return UnixMillis{std::max<std::int64_t>(0, now.value - back->count())};
  std::string_view without_zone = text;
  if (without_zone.size() > 10 && without_zone.ends_with('Z')) without_zone.remove_suffix(1);
  for (const std::string_view shape : {"0000-00-00", "0000-00-00T00:00", "0000-00-00T00:00:00"}) {
    const auto parts = numbers_in(without_zone, shape);
    if (!parts) continue;
    const auto [year, month, day, hour, minute, second] = *parts;
    const std::chrono::year_month_day date(std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                           std::chrono::day(static_cast<unsigned>(day)));
    if (!date.ok() || hour > 23 || minute > 59 || second > 59) break;
    const auto at = std::chrono::sys_days(date).time_since_epoch() + std::chrono::hours(hour) +
                    std::chrono::minutes(minute) + std::chrono::seconds(second);
    return UnixMillis{std::chrono::duration_cast<std::chrono::milliseconds>(at).count()};
  }
  return make_error(ErrorKind::config, "\"" + std::string(text.substr(0, 40)) + "\" is no time",
                    "Say how far back, 12h or 30d, or when, 2026-11-01 or 2026-11-01T18:30 (UTC).");
}

}  // namespace aigw::cli
