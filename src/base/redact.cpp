#include "base/redact.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>

namespace aigw {
namespace {

/// What stands before a secret, and from how many characters on the rest is one.
struct Mark {
  std::string_view before;
  std::size_t secret_length_min;
  bool starts_word;  ///< not after a letter or digit: "task-force" is no key
  bool any_case;     ///< AIGW_MASTER_KEY is a variable's name, aigw_... a key
};

// Longest first where one begins like another.
constexpr std::array kMarks = {Mark{"sk-ant-", 4, true, true}, Mark{"sk-", 8, true, true},
                               Mark{"AIza", 16, true, true},   Mark{"aigw_", 8, true, false},
                               Mark{"Bearer ", 4, true, true}, Mark{"Basic ", 4, true, true},
                               Mark{"?key=", 1, false, true},  Mark{"&key=", 1, false, true}};

bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }
bool is_secret(char c) { return is_word(c) || std::string_view("-_.+/=~%").find(c) != std::string_view::npos; }

std::size_t secret_length(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::find_if_not(text, is_secret) - text.begin());
}

const Mark* mark_at(std::string_view text, std::size_t at) {
  const std::string_view rest = text.substr(at);
  for (const Mark& mark : kMarks) {
    const std::string_view begin = rest.substr(0, mark.before.size());
    if (mark.any_case ? !text::equal_ignore_case(begin, mark.before) : begin != mark.before) continue;
    if (mark.starts_word && at > 0 && is_word(text[at - 1])) continue;
    if (secret_length(rest.substr(mark.before.size())) >= mark.secret_length_min) return &mark;
  }
  return nullptr;
}

}  // namespace

std::string redact(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const Mark* mark = mark_at(text, at);
    if (!mark) {
      out += text[at++];
      continue;
    }
    out.append(text.substr(at, mark->before.size())).append("[redacted]");
    at += mark->before.size();
    at += secret_length(text.substr(at));
  }
  return out;
}

bool looks_like_key(std::string_view text) {
  if (mark_at(text, 0)) return true;
  const bool has_digit = std::ranges::any_of(text, [](char c) { return c >= '0' && c <= '9'; });
  return text.size() >= 32 && has_digit && secret_length(text) == text.size();
}

}  // namespace aigw
