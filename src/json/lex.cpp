#include "json/lex.hpp"

#include <array>
#ifdef __x86_64__
#include <immintrin.h>
#endif

namespace aigw::json::lex {

const char* skip_plain_words(const char* at, const char* end) {
  static_assert(std::endian::native == std::endian::little, "the first marked byte is found from the low end");
  for (; end - at >= 8; at += 8) {
    std::uint64_t word;
    std::memcpy(&word, at, 8);
    const std::uint64_t marks = word_marks(word);
    if (marks != 0) return at + std::countr_zero(marks) / 8;
  }
  while (at < end && *at != '"' && *at != '\\' && static_cast<unsigned char>(*at) >= 0x20) ++at;
  return at;
}

#ifdef __x86_64__
namespace {

[[gnu::target("avx2")]] const char* skip_plain_avx2(const char* at, const char* end) {
  const __m256i quote = _mm256_set1_epi8('"'), backslash = _mm256_set1_epi8('\\');
  const __m256i last_control = _mm256_set1_epi8(0x1f);
  for (; end - at >= 32; at += 32) {
    const __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
    const __m256i control = _mm256_cmpeq_epi8(_mm256_min_epu8(bytes, last_control), bytes);
    const __m256i marked = _mm256_or_si256(_mm256_cmpeq_epi8(bytes, quote), _mm256_cmpeq_epi8(bytes, backslash));
    if (const auto marks = static_cast<unsigned>(_mm256_movemask_epi8(_mm256_or_si256(marked, control))); marks != 0)
      return at + std::countr_zero(marks);
  }
  return skip_plain_words(at, end);
}

const bool kHasAvx2 = __builtin_cpu_supports("avx2");

}  // namespace
#endif

const char* skip_plain_far(const char* at, const char* end) {
#ifdef __x86_64__
  if (kHasAvx2) return skip_plain_avx2(at, end);
#endif
#ifdef __SSE2__
  for (; end - at >= 16; at += 16)
    if (const unsigned marks = plain_marks(at); marks != 0) return at + std::countr_zero(marks);
#endif
  return skip_plain_words(at, end);
}

void append_utf8(std::string& out, std::uint32_t code_point) {
  const auto byte = [&out](std::uint32_t value) { out += static_cast<char>(static_cast<unsigned char>(value)); };
  const auto tail = [&](unsigned shift) { byte(0x80U | ((code_point >> shift) & 0x3FU)); };
  if (code_point < 0x80) return byte(code_point);
  if (code_point < 0x800) return byte(0xC0U | (code_point >> 6U)), tail(0);
  if (code_point < 0x10000) return byte(0xE0U | (code_point >> 12U)), tail(6), tail(0);
  byte(0xF0U | (code_point >> 18U)), tail(12), tail(6), tail(0);
}

namespace {

/// Decodes the \uXXXX at `at` (of its backslash), with the second half of a pair; moves `at` behind it.
bool append_unicode_escape(std::string& out, std::string_view written, std::size_t& at) {
  constexpr std::uint32_t kReplacement = 0xFFFD;
  const int unit = hex4(written, at + 2);
  if (unit < 0) return false;
  at += 6;
  if (!is_high_surrogate(unit) && !is_low_surrogate(unit)) {
    append_utf8(out, static_cast<std::uint32_t>(unit));
    return true;
  }
  const bool more = is_high_surrogate(unit) && written.substr(at, 2) == "\\u";
  const int low = more ? hex4(written, at + 2) : -1;
  if (!is_low_surrogate(low)) {
    append_utf8(out, kReplacement);
    return true;
  }
  at += 6;
  append_utf8(out,
              0x10000U + (static_cast<std::uint32_t>(unit - 0xD800) << 10U) + static_cast<std::uint32_t>(low - 0xDC00));
  return true;
}

char simple_escape(char letter) {
  switch (letter) {
    case '"':
    case '\\':
    case '/':
      return letter;
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return '\0';
  }
}

}  // namespace

bool append_unescaped(std::string& out, std::string_view written) {
  std::size_t at = 0;
  for (;;) {
    const std::size_t escape = written.find('\\', at);
    out.append(written.substr(at, escape - at));
    if (escape == std::string_view::npos) return true;
    at = escape;
    if (at + 1 >= written.size()) return false;
    if (written[at + 1] == 'u') {
      if (!append_unicode_escape(out, written, at)) return false;
      continue;
    }
    const char plain = simple_escape(written[at + 1]);
    if (plain == '\0') return false;
    out += plain;
    at += 2;
  }
}

std::size_t end_of_string_far(std::string_view text, std::size_t begin, std::size_t at) {
  // The library's search for a quote is the fastest loop there is; a quote counts unless an odd number of backslashes
  // stands before it.
  for (std::size_t quote = text.find('"', at); quote != std::string_view::npos; quote = text.find('"', quote + 1)) {
    std::size_t slashes = 0;
    while (quote - slashes > begin && text[quote - slashes - 1] == '\\') ++slashes;
    if (slashes % 2 == 0) return quote + 1;
  }
  return std::string_view::npos;
}

namespace {

/// What ends a number or word: everything that has a meaning of its own.
constexpr auto kEndsScalar = [] {
  std::array<bool, 256> table{};
  for (const char c : {',', ']', '}', ':', ' ', '\n', '\r', '\t', '"', '[', '{'})
    table[static_cast<unsigned char>(c)] = true;
  return table;
}();

std::size_t end_of_scalar(std::string_view text, std::size_t at) {
  const std::size_t begin = at;
  while (at < text.size() && !kEndsScalar[static_cast<unsigned char>(text[at])]) ++at;
  return at == begin ? std::string_view::npos : at;
}

std::size_t end_of_container(std::string_view text, std::size_t at) {
  for (std::size_t depth = 0; at < text.size();) {
    switch (text[at]) {
      case '"':
        at = end_of_string(text, at);
        continue;  // npos ends the loop
      case '{':
      case '[':
        ++depth;
        break;
      case '}':
      case ']':
        if (--depth == 0) return at + 1;
        break;
      default:
        break;
    }
    ++at;
  }
  return std::string_view::npos;
}

}  // namespace

std::size_t end_of_value(std::string_view text, std::size_t at) {
  if (at >= text.size()) return std::string_view::npos;
  if (text[at] == '"') return end_of_string(text, at);
  if (text[at] == '{' || text[at] == '[') return end_of_container(text, at);
  return end_of_scalar(text, at);
}

}  // namespace aigw::json::lex
