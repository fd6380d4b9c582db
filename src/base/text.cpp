#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <limits>
#include <numeric>
#include <optional>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace aigw::text {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t factor;
};

constexpr std::array kDurationUnits = {Unit{"ms", 1},       Unit{"s", 1000},       Unit{"m", 60'000},
                                       Unit{"h", 3600'000}, Unit{"d", 86'400'000}, Unit{"w", 604'800'000}};
constexpr std::array kSizeUnits = {Unit{"", 1},          Unit{"b", 1},         Unit{"kib", 1 << 10},
                                   Unit{"kb", 1 << 10},  Unit{"mib", 1 << 20}, Unit{"mb", 1 << 20},
                                   Unit{"gib", 1 << 30}, Unit{"gb", 1 << 30}};

/// A whole number and one of `units`, none when it is anything else or leaves 63 bits.
std::optional<std::int64_t> parse_scaled(std::string_view text, std::span<const Unit> units) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || number < 0) return std::nullopt;
  const std::string unit = to_lower(trim(text.substr(static_cast<std::size_t>(end - text.data()))));
  const auto found = std::ranges::find(units, unit, &Unit::name);
  if (found == units.end() || number > std::numeric_limits<std::int64_t>::max() / found->factor) return std::nullopt;
  return number * found->factor;
}

/// Edits to turn one word into the other: insert, delete, replace, or swap two neighbours.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  std::iota(last.begin(), last.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0U : 1U)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

}  // namespace

std::size_t find(std::string_view text, std::string_view word) {
  std::size_t at = 0;
#ifdef __SSE2__
  constexpr std::size_t kStep = 32;
  const __m128i first = _mm_set1_epi8(word[0]), second = _mm_set1_epi8(word[1]);
  const auto pairs_at = [&](std::size_t place) {
    const auto load = [&](std::size_t from) {
      return _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + from));
    };
    return _mm_and_si128(_mm_cmpeq_epi8(load(place), first), _mm_cmpeq_epi8(load(place + 1), second));
  };
  for (; text.size() - at >= kStep + word.size(); at += kStep) {
    const __m128i low = pairs_at(at), high = pairs_at(at + kStep / 2);
    if (_mm_movemask_epi8(_mm_or_si128(low, high)) == 0) continue;
    const auto bits = [](__m128i pairs) { return static_cast<unsigned>(_mm_movemask_epi8(pairs)); };
    for (unsigned marks = bits(low) | (bits(high) << (kStep / 2)); marks != 0; marks &= marks - 1) {
      const std::size_t place = at + static_cast<std::size_t>(std::countr_zero(marks));
      if (text.substr(place).starts_with(word)) return place;
    }
  }
#endif
  return text.find(word, at);
}

std::size_t find_line_end(std::string_view text, std::size_t at) {
#ifdef __SSE2__
  const __m128i feed = _mm_set1_epi8('\n'), carriage = _mm_set1_epi8('\r');
  for (; text.size() - at >= 16; at += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + at));
    const __m128i ends = _mm_or_si128(_mm_cmpeq_epi8(bytes, feed), _mm_cmpeq_epi8(bytes, carriage));
    if (const auto marks = static_cast<unsigned>(_mm_movemask_epi8(ends)); marks != 0)
      return at + static_cast<std::size_t>(std::countr_zero(marks));
  }
#endif
  while (at < text.size() && text[at] != '\n' && text[at] != '\r') ++at;
  return at;
}

std::string_view trim(std::string_view text) {
  const auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

std::string to_lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), lower);
  return out;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

Result<std::chrono::milliseconds> parse_duration(std::string_view text) {
  if (const auto millis = parse_scaled(trim(text), kDurationUnits)) return std::chrono::milliseconds(*millis);
  return make_error(ErrorKind::config, "\"" + std::string(text) + "\" is no duration",
                    "Give a whole number and a unit: 500ms, 10s, 5m, 24h, 7d or 2w.");
}

Result<std::int64_t> parse_size_bytes(std::string_view text) {
  if (const auto bytes = parse_scaled(trim(text), kSizeUnits)) return *bytes;
  return make_error(ErrorKind::config, "\"" + std::string(text) + "\" is no size",
                    "Give a whole number of bytes, or one with a unit: 64KiB, 32MiB, 1GiB.");
}

std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates) {
  const std::string wanted = to_lower(word);
  std::string_view best;
  std::size_t best_distance = std::max<std::size_t>(1, wanted.size() / 3) + 1;
  for (const std::string_view candidate : candidates) {
    const std::size_t distance = edit_distance(wanted, to_lower(candidate));
    if (distance >= best_distance) continue;
    best = candidate;
    best_distance = distance;
  }
  return best;
}

}  // namespace aigw::text
