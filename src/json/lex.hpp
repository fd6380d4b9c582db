#pragma once
// The smallest steps of reading JSON text, shared by the scanner and the views. Inline: they are the hot loops.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace aigw::json::lex {

inline bool is_space(char c) {
  const auto code = static_cast<unsigned char>(c);
  return code <= ' ' && (code == ' ' || code == '\n' || code == '\r' || code == '\t');
}
inline bool is_digit(char c) { return c >= '0' && c <= '9'; }

inline std::size_t skip_space(std::string_view text, std::size_t at) {
  while (at < text.size() && is_space(text[at])) ++at;
  return at;
}

/// Marks the quotes, backslashes and control characters among eight bytes by their top bits. Above a true mark others
/// may be wrong: the lowest one counts.
constexpr std::uint64_t word_marks(std::uint64_t word) {
  constexpr std::uint64_t kOnes = 0x0101010101010101ULL;
  constexpr std::uint64_t kHighs = 0x8080808080808080ULL;
  const auto below = [](std::uint64_t bytes, std::uint64_t bound) { return (bytes - kOnes * bound) & ~bytes & kHighs; };
  return below(word, 0x20) | below(word ^ (kOnes * '"'), 1) | below(word ^ (kOnes * '\\'), 1);
}

/// The first quote, backslash or control character in [at, end), eight bytes at a time; `end` when there is none.
const char* skip_plain_words(const char* at, const char* end);
/// The same with what the processor does best: prompts and file contents are kilobytes without one.
const char* skip_plain_far(const char* at, const char* end);

#ifdef __SSE2__
/// Bit i: byte i of the 16 at `at` is a quote, a backslash or a control character.
inline unsigned plain_marks(const char* at) {
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
  const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1f)), bytes);
  const __m128i marked =
      _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')), _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')));
  return static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(marked, control)));
}
#endif

/// The same, for strings that are mostly short: most keys and values end within the first step.
inline const char* skip_plain(const char* at, const char* end) {
#ifdef __SSE2__
  for (const char* const near = end - at > 64 ? at + 64 : end; near - at >= 16; at += 16)
    if (const unsigned marks = plain_marks(at); marks != 0) return at + std::countr_zero(marks);
  if (end - at >= 16) return skip_plain_far(at, end);
#endif
  return skip_plain_words(at, end);
}

/// True for ASCII in which nothing wants an escape: keys, ids, most words.
inline bool is_plain_ascii(std::string_view text) {
  constexpr std::uint64_t kHighs = 0x8080808080808080ULL;
  const std::size_t size = text.size();
  const auto is_plain = [](std::uint64_t word) { return ((word_marks(word) | word) & kHighs) == 0; };
  const auto word_at = [&](std::size_t at) {
    std::uint64_t word;
    std::memcpy(&word, text.data() + at, sizeof word);
    return word;
  };
  if (size >= 8) {
    std::size_t at = 0;
#ifdef __SSE2__
    for (; size - at >= 16; at += 16) {
      const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + at));
      if ((plain_marks(text.data() + at) | static_cast<unsigned>(_mm_movemask_epi8(bytes))) != 0) return false;
    }
#endif
    for (; size - at >= 8; at += 8)
      if (!is_plain(word_at(at))) return false;
    return is_plain(word_at(size - 8));  // overlaps what was seen, and spares a loop over bytes
  }
  if (size == 0) return true;
  constexpr std::uint64_t kSpaces = 0x2020202020202020ULL;
  const auto byte_at = [&](std::size_t at) { return static_cast<std::uint64_t>(static_cast<unsigned char>(text[at])); };
  if (size < 4) return is_plain((kSpaces << 24U) | (byte_at(size - 1) << 16U) | (byte_at(size / 2) << 8U) | byte_at(0));
  std::uint32_t first;
  std::uint32_t last;
  std::memcpy(&first, text.data(), sizeof first);
  std::memcpy(&last, text.data() + size - sizeof last, sizeof last);
  return is_plain((std::uint64_t{last} << 32U) | first);
}

/// The value of four hex digits, or -1.
inline int hex4(std::string_view text, std::size_t at) {
  if (at + 4 > text.size()) return -1;
  int value = 0;
  for (std::size_t i = at; i < at + 4; ++i) {
    const char c = text[i];
    const int digit = is_digit(c)            ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

inline bool is_high_surrogate(int unit) { return unit >= 0xD800 && unit <= 0xDBFF; }
inline bool is_low_surrogate(int unit) { return unit >= 0xDC00 && unit <= 0xDFFF; }

void append_utf8(std::string& out, std::uint32_t code_point);

/// Appends the decoded inside of a string to `out`. False when an escape is broken; a lone surrogate becomes U+FFFD.
bool append_unescaped(std::string& out, std::string_view written);

/// Behind the string that begins at `begin` (behind its quote) and has no quote before `at`; npos when it does not end.
std::size_t end_of_string_far(std::string_view text, std::size_t begin, std::size_t at);

/// Behind the string whose opening quote stands at `at`; npos when it does not end. Judges nothing else.
inline std::size_t end_of_string(std::string_view text, std::size_t at) {
  const std::size_t begin = at + 1;
  std::size_t near = begin;
#ifdef __SSE2__
  for (int steps = 0; steps < 2 && near + 16 <= text.size(); ++steps, near += 16)
    if (const unsigned marks = plain_marks(text.data() + near); marks != 0) {
      const std::size_t mark = near + static_cast<std::size_t>(std::countr_zero(marks));
      if (text[mark] == '"') return mark + 1;
      break;
    }
#endif
  return end_of_string_far(text, begin, near);
}

/// Behind the value that begins at `at`, by brackets and quotes alone; npos when it does not end or begins none.
std::size_t end_of_value(std::string_view text, std::size_t at);

}  // namespace aigw::json::lex
