#include "http/uri.hpp"

#include "base/text.hpp"
#include "http/grammar.hpp"
#include "http/target.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

namespace aigw::http {
namespace {

constexpr std::uint16_t kHttpPort = 80;
constexpr std::uint16_t kHttpsPort = 443;

Error bad_url(std::string what) {
  return make_error(ErrorKind::config, "the URL " + std::move(what), "Give one like https://api.example.com/v1");
}

bool is_ipv4(const std::string& text) {
  in_addr address{};
  return ::inet_pton(AF_INET, text.c_str(), &address) == 1;
}

bool is_ipv6(const std::string& text) {
  in6_addr address{};
  return ::inet_pton(AF_INET6, text.c_str(), &address) == 1;
}

/// Resolvers read "127.1", "0x7f000001" and "2130706433" as addresses; a name's last label is never numeric.
bool looks_numeric(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  const std::string_view last = host.substr(host.rfind('.') == std::string_view::npos ? 0 : host.rfind('.') + 1);
  const bool hex = last.starts_with("0x") &&
                   std::all_of(last.begin() + 2, last.end(), [](char c) { return grammar::hex_digit(c) >= 0; });
  return last.empty() || hex || std::all_of(last.begin(), last.end(), grammar::is_digit);
}

bool is_host_name(std::string_view host) {
  constexpr std::size_t kNameBytesMax = 253;
  constexpr std::size_t kLabelBytesMax = 63;
  if (host.size() > kNameBytesMax) return false;
  if (host.ends_with('.')) host.remove_suffix(1);
  for (const std::string_view label : text::split(host, '.'))
    if (label.empty() || label.size() > kLabelBytesMax || label.front() == '-' || label.back() == '-') return false;
  return true;
}

Result<std::uint16_t> parse_port(std::string_view digits) {
  unsigned port = 0;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (failure != std::errc{} || end != digits.data() + digits.size() || port == 0 || port > 65535)
    return bad_url("has a port that is not 1 to 65535");
  return static_cast<std::uint16_t>(port);
}

/// Host and port of an authority that has the right shape, into `url`.
Status take_authority(std::string_view authority, Url& url) {
  if (authority.empty()) return bad_url("has no host");
  if (authority.find('@') != std::string_view::npos)
    return bad_url("holds a user or password: store keys with `aigw keys add`");
  if (!is_authority(authority)) return bad_url("has a host that is not host[:port]");
  const std::string_view host = host_of(authority);
  url.host = text::to_lower(host);
  if (host.front() == '[') {
    url.host = url.host.substr(1, url.host.size() - 2);
    if (!is_ipv6(url.host)) return bad_url("has a broken IPv6 address");
  } else if (looks_numeric(url.host)) {
    if (!is_ipv4(url.host)) return bad_url("has a broken IPv4 address");
  } else if (!is_host_name(url.host)) {
    return bad_url("has a broken host name");
  }
  if (host.size() < authority.size()) {
    AIGW_TRY_ASSIGN(url.port, parse_port(authority.substr(host.size() + 1)));
  }
  return {};
}

using Bytes4 = std::array<unsigned char, 4>;
using Bytes16 = std::array<unsigned char, 16>;

AddressScope scope_of(const Bytes4& ip) {
  const unsigned a = ip[0];
  const unsigned b = ip[1];
  if (a == 127) return AddressScope::loopback;
  if (a == 10 || (a == 172 && (b & 0xF0U) == 16) || (a == 192 && b == 168) || (a == 100 && (b & 0xC0U) == 64))
    return AddressScope::private_use;
  const bool documentation = (a == 192 && b == 0 && (ip[2] == 0 || ip[2] == 2)) || (a == 198 && (b & 0xFEU) == 18) ||
                             (a == 198 && b == 51 && ip[2] == 100) || (a == 203 && b == 0 && ip[2] == 113);
  if (a == 0 || (a == 169 && b == 254) || a >= 224 || documentation) return AddressScope::forbidden;
  return AddressScope::global;
}

AddressScope scope_of(const Bytes16& ip) {
  const auto begins = [&ip](std::initializer_list<unsigned char> prefix) {
    return std::equal(prefix.begin(), prefix.end(), ip.begin());
  };
  const auto ipv4_at = [&ip](std::size_t at) { return scope_of(Bytes4{ip[at], ip[at + 1], ip[at + 2], ip[at + 3]}); };
  constexpr Bytes16 kLoopback{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  if (ip == kLoopback) return AddressScope::loopback;
  if (begins({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF})) return ipv4_at(12);           // ::ffff:a.b.c.d
  if (begins({0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0})) return ipv4_at(12);        // NAT64
  if (begins({0x20, 0x02})) return ipv4_at(2);                                          // 6to4
  if ((ip[0] & 0xFEU) == 0xFC) return AddressScope::private_use;                        // fc00::/7
  const bool global_unicast = (ip[0] & 0xE0U) == 0x20;                                  // 2000::/3
  const bool special = begins({0x20, 0x01, 0x0D, 0xB8}) || begins({0x20, 0x01, 0, 0});  // documentation, Teredo
  return global_unicast && !special ? AddressScope::global : AddressScope::forbidden;
}

}  // namespace

std::string Url::authority() const {
  std::string out = host.find(':') == std::string::npos ? host : "[" + host + "]";
  if (port != (tls ? kHttpsPort : kHttpPort)) out += ":" + std::to_string(port);
  return out;
}

std::string Url::text() const { return (tls ? "https://" : "http://") + authority() + path; }

Result<Url> parse_url(std::string_view text) {
  constexpr std::size_t kUrlBytesMax = 2048;
  if (text.size() > kUrlBytesMax) return bad_url("is longer than 2048 characters");
  if (!std::all_of(text.begin(), text.end(), grammar::is_visible))
    return bad_url("holds spaces, control or non-ASCII characters");
  Url url;
  const std::size_t scheme = text.find("://");
  const std::string_view name = text.substr(0, scheme);
  if (scheme == std::string_view::npos) return bad_url("does not begin with http:// or https://");
  url.tls = text::equal_ignore_case(name, "https");
  if (!url.tls && !text::equal_ignore_case(name, "http")) return bad_url("is neither http:// nor https://");
  const std::string_view rest = text.substr(scheme + 3);
  if (rest.find('?') != std::string_view::npos) return bad_url("holds a query");
  if (rest.find('#') != std::string_view::npos) return bad_url("holds a fragment");
  url.port = url.tls ? kHttpsPort : kHttpPort;
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  AIGW_TRY(take_authority(rest.substr(0, slash), url));
  std::string_view path = rest.substr(slash);
  while (path.ends_with('/')) path.remove_suffix(1);
  if (!check_path(path)) return bad_url("has a path with '//', '..', a backslash or a broken '%' escape");
  url.path = path;
  return url;
}

AddressScope scope_of_address(std::string_view ip) {
  const std::string text(ip.substr(0, ip.find('%')));  // a zone does not change the scope
  Bytes4 v4{};
  if (::inet_pton(AF_INET, text.c_str(), v4.data()) == 1) return scope_of(v4);
  Bytes16 v6{};
  if (::inet_pton(AF_INET6, text.c_str(), v6.data()) == 1) return scope_of(v6);
  return AddressScope::forbidden;
}

}  // namespace aigw::http
