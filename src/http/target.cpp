#include "http/target.hpp"

#include "base/text.hpp"
#include "http/grammar.hpp"

#include <algorithm>

namespace aigw::http {
namespace {

Error bad(std::string message) { return make_error(ErrorKind::bad_http, std::move(message)); }

bool is_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto lead = static_cast<unsigned char>(text[at]);
    const std::size_t length = lead < 0x80                    ? 1
                               : lead >= 0xC2 && lead < 0xE0  ? 2
                               : lead >= 0xE0 && lead < 0xF0  ? 3
                               : lead >= 0xF0 && lead <= 0xF4 ? 4
                                                              : 0;
    if (length == 0 || at + length > text.size()) return false;
    for (std::size_t i = 1; i < length; ++i)
      if ((static_cast<unsigned char>(text[at + i]) & 0xC0U) != 0x80U) return false;
    const auto second = length > 2 ? static_cast<unsigned char>(text[at + 1]) : static_cast<unsigned char>(0);
    if ((lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F) || (lead == 0xF0 && second < 0x90) ||
        (lead == 0xF4 && second > 0x8F))
      return false;
    at += length;
  }
  return true;
}

/// Dot segments as any server on the way might see them: after decoding, with backslashes as separators too.
bool has_dot_segment(std::string_view decoded) {
  std::size_t begin = 0;
  for (std::size_t at = 0; at <= decoded.size(); ++at) {
    if (at < decoded.size() && decoded[at] != '/' && decoded[at] != '\\') continue;
    const std::string_view segment = decoded.substr(begin, at - begin);
    const std::string_view name = segment.substr(0, segment.find(';'));  // "..;" is ".." to some servers
    if (name == "." || name == "..") return true;
    begin = at + 1;
  }
  return false;
}

/// Holds nothing that could mean another path to another server.
bool is_plain(std::string_view path) {
  char before = '\0';
  for (const char c : path) {
    if (c == '%' || c == '.' || c == '\\' || (c == '/' && before == '/')) return false;
    before = c;
  }
  return true;
}

}  // namespace

Status check_path(std::string_view path) {
  if (is_plain(path)) return {};
  AIGW_TRY_ASSIGN(const std::string decoded, percent_decode(path));
  if (has_dot_segment(decoded) || decoded.find('\\') != std::string::npos)
    return bad("the path holds '.' or '..' segments or a backslash");
  if (path.find("//") != std::string_view::npos)
    return make_error(ErrorKind::not_found, "the path holds an empty segment ('//')",
                      "Check that the base URL does not end in '/'");
  return {};
}

namespace {

bool is_host_char(char c) {
  return grammar::is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '-' || c == '_';
}
template <bool (*Test)(char)>  // a template, so that the test is inlined
bool all_are(std::string_view text) {
  for (const char c : text)
    if (!Test(c)) return false;
  return true;
}
bool is_ipv6_char(char c) { return grammar::hex_digit(c) >= 0 || c == ':' || c == '.'; }

Result<std::string_view> host_field(const RequestHead& head) {
  const std::size_t count = head.headers.count("host");
  if (count > 1) return bad("several Host fields");
  if (count == 0 && head.version_minor >= 1) return bad("no Host field");
  const std::string_view host = head.headers.get("host").value_or("");
  if (count == 1 && !is_authority(host)) return bad("the Host field is not host[:port]");
  return host;
}

/// Splits "http://authority/path" into its authority and the rest.
bool split_absolute(std::string_view target, std::string_view& authority, std::string_view& rest) {
  const std::size_t scheme = target.find("://");
  const std::string_view name = target.substr(0, scheme);
  if (scheme == std::string_view::npos ||
      !(text::equal_ignore_case(name, "http") || text::equal_ignore_case(name, "https")))
    return false;
  const std::string_view after = target.substr(scheme + 3);
  const std::size_t end = std::min(after.find_first_of("/?"), after.size());
  authority = after.substr(0, end);
  rest = after.substr(end);
  return true;
}

}  // namespace

bool is_authority(std::string_view authority) {
  constexpr std::size_t kPortDigitsMax = 5;
  const std::string_view host = host_of(authority);
  if (host.empty()) return false;
  const bool bracketed = host.front() == '[';
  if (bracketed) {
    const std::string_view inside = host.substr(1, host.size() - 2);
    if (host.back() != ']' || inside.size() < 2 || !all_are<is_ipv6_char>(inside)) return false;
  } else if (!all_are<is_host_char>(host)) {
    return false;
  }
  const std::string_view port = authority.substr(host.size());
  if (port.empty()) return true;
  return port.front() == ':' && port.size() >= 2 && port.size() <= 1 + kPortDigitsMax &&
         all_are<grammar::is_digit>(port.substr(1));
}

std::string_view host_of(std::string_view authority) {
  if (authority.starts_with('[')) return authority.substr(0, std::min(authority.find(']'), authority.size() - 1) + 1);
  return authority.substr(0, authority.find(':'));
}

Result<Target> parse_target(const RequestHead& head) {
  AIGW_TRY_ASSIGN(std::string_view authority, host_field(head));
  std::string_view rest = head.target;
  if (head.method == Method::connect) return make_error(ErrorKind::method_not_allowed, "CONNECT is not offered here");
  if (rest == "*") {
    if (head.method != Method::options) return bad("the target '*' goes with OPTIONS only");
  } else if (!rest.starts_with('/')) {
    if (!split_absolute(head.target, authority, rest))
      return bad("the request target is neither a path nor an http URL");
    if (!is_authority(authority)) return bad("the request target's host is not host[:port]");
  }
  if (rest.find('#') != std::string_view::npos) return bad("the request target holds a fragment");
  Target target;
  target.authority = authority;
  const std::size_t query = rest.find('?');
  target.path = rest.substr(0, query);
  if (query != std::string_view::npos) target.query = rest.substr(query + 1);
  if (target.path.empty()) target.path = "/";
  AIGW_TRY(check_path(target.path));
  return target;
}

Result<std::string> percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      out += text[at];
      continue;
    }
    const bool whole = at + 2 < text.size();
    const int high = whole ? grammar::hex_digit(text[at + 1]) : -1;
    const int low = whole ? grammar::hex_digit(text[at + 2]) : -1;
    if (high < 0 || low < 0) return bad("a '%' is not followed by two hexadecimal digits");
    if (high == 0 && low == 0) return bad("an encoded NUL");
    out += static_cast<char>(high * 16 + low);
    at += 2;
  }
  if (!is_utf8(out)) return bad("the decoded text is not valid UTF-8");
  return out;
}

std::string_view query_value(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const std::size_t end = query.find('&');
    const std::string_view pair = query.substr(0, end);
    const std::size_t equals = pair.find('=');
    if (pair.substr(0, equals) == name)
      return equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
    if (end == std::string_view::npos) break;
    query.remove_prefix(end + 1);
  }
  return {};
}

}  // namespace aigw::http
