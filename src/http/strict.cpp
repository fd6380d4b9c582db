#include "http/strict.hpp"

#include <algorithm>

#include "http/grammar.hpp"

namespace aigw::http {
namespace {

Error bad(std::string message) { return make_error(ErrorKind::bad_http, std::move(message)); }

/// METHOD SP target SP HTTP/1.x, without its CRLF.
Status check_request_line(std::string_view line) {
  const std::size_t method = grammar::token_length(line);
  if (method == 0 || method >= line.size() || line[method] != ' ')
    return bad("the request line does not begin with a method and one space");
  const std::string_view rest = line.substr(method + 1);
  const std::size_t space = rest.rfind(' ');
  if (space == std::string_view::npos) return bad("the request line is not 'METHOD target HTTP/1.1'");
  const std::string_view target = rest.substr(0, space);
  const std::string_view version = rest.substr(space + 1);
  if (target.empty() || !std::all_of(target.begin(), target.end(), grammar::is_visible))
    return bad("the request target is empty or holds spaces, control or non-ASCII characters");
  if (version == "HTTP/1.1" || version == "HTTP/1.0") return {};
  if (version.size() >= 6 && version.starts_with("HTTP/") && version[5] >= '2' && version[5] <= '9')
    return make_error(ErrorKind::version_not_supported, "only HTTP/1.1 and HTTP/1.0 are spoken here");
  return bad("the request line does not end in HTTP/1.1 or HTTP/1.0");
}

/// The line that begins at `at`, without CRLF; moves `at` behind it. None: its end is not there yet.
Result<std::optional<std::string_view>> next_line(std::string_view head, std::size_t& at) {
  const std::size_t feed = head.find('\n', at);
  if (feed == std::string_view::npos) {
    const std::size_t carriage = head.find('\r', at);
    if (carriage != std::string_view::npos && carriage + 1 < head.size()) return bad("a CR stands without its LF");
    return std::optional<std::string_view>();
  }
  if (feed == at || head[feed - 1] != '\r') return bad("a line ends in LF alone, CRLF is required");
  const std::string_view line = head.substr(at, feed - 1 - at);
  at = feed + 1;
  return std::optional(line);
}

Error line_too_long() {
  return make_error(ErrorKind::uri_too_long,
                    "the request line is longer than " + std::to_string(limits::kRequestLineBytes) + " bytes");
}

Error field_too_long() {
  return make_error(ErrorKind::headers_too_large,
                    "a header field is longer than " + std::to_string(limits::kFieldBytes) + " bytes");
}

/// Checks the complete lines; `complete` comes true at the empty line, which must be the end of `head`.
Status check_lines(std::string_view head, bool& complete) {
  complete = false;
  std::size_t at = 0;
  AIGW_TRY_ASSIGN(const auto request_line, next_line(head, at));
  if ((request_line ? at : head.size()) > limits::kRequestLineBytes) return line_too_long();
  if (!request_line) return {};
  AIGW_TRY(check_request_line(*request_line));
  const std::size_t fields_begin = at;
  for (std::size_t count = 0;; ++count) {
    const std::size_t line_begin = at;
    AIGW_TRY_ASSIGN(const auto line, next_line(head, at));
    if (!line) {
      if (head.size() - line_begin > limits::kFieldBytes) return field_too_long();
      return {};
    }
    if (line->empty()) {
      complete = true;
      if (at != head.size()) return bad("bytes follow the end of the head");
      return {};
    }
    if (at - fields_begin > limits::kHeadBytes || count >= limits::kFieldCount)
      return make_error(ErrorKind::headers_too_large, "more than " + std::to_string(limits::kFieldCount) +
                                                          " header fields or " + std::to_string(limits::kHeadBytes) +
                                                          " bytes of them");
    AIGW_TRY(check_field_line(*line));
  }
}

}  // namespace

bool is_token(std::string_view text) { return !text.empty() && grammar::token_length(text) == text.size(); }

bool is_field_value(std::string_view text) {
  if (text.empty()) return true;
  if (grammar::is_blank(text.front()) || grammar::is_blank(text.back())) return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return grammar::is_visible_or_obs(c) || grammar::is_blank(c); });
}

Status check_field_line(std::string_view line) {
  constexpr std::size_t kCrlf = 2;
  if (line.size() + kCrlf > limits::kFieldBytes) return field_too_long();
  const std::size_t name = grammar::token_length(line);
  if (name == 0 && !line.empty() && grammar::is_blank(line.front()))
    return bad("a header field begins with a space: folded lines are refused");
  if (name == 0 || name >= line.size() || line[name] != ':')
    return bad("a header line is not 'name: value', with a token directly before the colon");
  if (!is_field_value(grammar::trim_blanks(line.substr(name + 1))))
    return bad("a header value holds control characters");
  return {};
}

Status check_request_head(std::string_view head) {
  bool complete = false;
  AIGW_TRY(check_lines(head, complete));
  if (!complete) return bad("the head does not end in an empty line");
  return {};
}

Status check_partial_head(std::string_view head_so_far) {
  bool complete = false;
  return check_lines(head_so_far, complete);
}

}  // namespace aigw::http
