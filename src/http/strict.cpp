#include "http/strict.hpp"

#include "http/grammar.hpp"

#include <algorithm>

namespace aigw::http {
namespace {

Error bad(std::string message) { return make_error(ErrorKind::bad_http, std::move(message)); }

/// METHOD SP target SP HTTP/1.x, without its CRLF.
Status parse_request_line(std::string_view line, RequestHead& head) {
  const std::size_t method = grammar::token_length(line);
  if (method == 0 || method >= line.size() || line[method] != ' ')
    return bad("the request line does not begin with a method and one space");
  const std::string_view rest = line.substr(method + 1);
  const std::size_t space = rest.rfind(' ');
  if (space == std::string_view::npos) return bad("the request line is not 'METHOD target HTTP/1.1'");
  const std::string_view target = rest.substr(0, space);
  const std::string_view version = rest.substr(space + 1);
  const auto is_visible = [](char c) { return grammar::is_visible(c); };
  if (target.empty() || !std::ranges::all_of(target, is_visible))
    return bad("the request target is empty or holds spaces, control or non-ASCII characters");
  if (version != "HTTP/1.1" && version != "HTTP/1.0") {
    if (version.size() >= 6 && version.starts_with("HTTP/") && version[5] >= '2' && version[5] <= '9')
      return make_error(ErrorKind::version_not_supported, "only HTTP/1.1 and HTTP/1.0 are spoken here");
    return bad("the request line does not end in HTTP/1.1 or HTTP/1.0");
  }
  head.method_text = line.substr(0, method);
  head.method = method_named(head.method_text);
  head.target = target;
  head.version_minor = version.back() - '0';
  return {};
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

/// Reads the complete lines; `complete` comes true at the empty line, which must be the end of `text`.
Status parse_lines(std::string_view text, RequestHead& head, bool& complete) {
  complete = false;
  std::size_t at = 0;
  AIGW_TRY_ASSIGN(const auto request_line, next_line(text, at));
  if ((request_line ? at : text.size()) > limits::kRequestLineBytes) return line_too_long();
  if (!request_line) return {};
  AIGW_TRY(parse_request_line(*request_line, head));
  const std::string_view fields = text.substr(at);
  head.headers.adopt(fields);
  for (std::size_t begin = 0, count = 0;; ++count) {
    const std::string_view rest = fields.substr(begin);
    if (rest.starts_with("\r\n")) {
      complete = true;
      if (rest.size() > 2) return bad("bytes follow the end of the head");
      return {};
    }
    AIGW_TRY_ASSIGN(const FieldLine line, read_field_line(rest));
    if (line.bytes == 0) return {};
    begin += line.bytes;
    if (begin > limits::kHeadBytes || count >= limits::kFieldCount)
      return make_error(ErrorKind::headers_too_large, "more than " + std::to_string(limits::kFieldCount) +
                                                          " header fields or " + std::to_string(limits::kHeadBytes) +
                                                          " bytes of them");
    head.headers.add_adopted(line.field);
  }
}

/// A line that is not one name, one colon and one value: what is wrong with it, or that it goes on.
[[gnu::cold]] Result<FieldLine> judge_field_line(std::string_view text) {
  std::size_t bytes = 0;
  AIGW_TRY_ASSIGN(const auto line, next_line(text, bytes));
  if (!line && text.size() <= limits::kFieldBytes) return FieldLine{};
  AIGW_TRY(check_field_line(line.value_or(text)));
  return field_too_long();
}

}  // namespace

bool is_token(std::string_view text) { return !text.empty() && grammar::token_length(text) == text.size(); }

bool is_field_value(std::string_view text) {
  if (text.empty()) return true;
  if (grammar::is_blank(text.front()) || grammar::is_blank(text.back())) return false;
  return grammar::are_value_chars(text);
}

Status check_field_line(std::string_view line) {
  constexpr std::size_t kCrlf = 2;
  if (line.size() + kCrlf > limits::kFieldBytes) return field_too_long();
  const std::size_t name = grammar::token_length(line);
  if (name == 0 && !line.empty() && grammar::is_blank(line.front()))
    return bad("a header field begins with a space: folded lines are refused");
  if (name == 0 || name >= line.size() || line[name] != ':')
    return bad("a header line is not 'name: value', with a token directly before the colon");
  if (!grammar::are_value_chars(line.substr(name + 1))) return bad("a header value holds control characters");
  return {};
}

Result<FieldLine> read_field_line(std::string_view text) {
  const std::size_t name = grammar::token_length(text);
  if (name == 0 || name == text.size() || text[name] != ':') return judge_field_line(text);
  const std::size_t end = name + 1 + grammar::value_length(text.substr(name + 1));
  if (!text.substr(end).starts_with("\r\n")) return judge_field_line(text);
  const FieldLine line{{text.substr(0, name), grammar::trim_blanks(text.substr(name + 1, end - name - 1))}, end + 2};
  if (line.bytes > limits::kFieldBytes) return field_too_long();
  return line;
}

Status parse_request_head(std::string_view text, RequestHead& head) {
  bool complete = false;
  AIGW_TRY(parse_lines(text, head, complete));
  if (!complete) return bad("the head does not end in an empty line");
  return {};
}

Status check_partial_head(std::string_view text_so_far) {
  bool complete = false;
  RequestHead ignored;
  return parse_lines(text_so_far, ignored, complete);
}

}  // namespace aigw::http
