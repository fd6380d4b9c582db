#include "http/guard.hpp"

#include "base/text.hpp"
#include "http/target.hpp"

#include <algorithm>
#include <array>

namespace aigw::http {
namespace {

constexpr std::array<std::string_view, 3> kLocal = {"localhost", "127.0.0.1", "[::1]"};

Error cross_origin(std::string message) {
  return make_error(ErrorKind::origin_not_allowed, std::move(message),
                    "Web pages of other origins may not call this server; use a program or the console itself");
}

}  // namespace

Status check_host(std::string_view authority, const HostAllowList& allowed) {
  if (allowed.any) return {};
  const auto is_host = [host = host_of(authority)](std::string_view name) {
    return text::equal_ignore_case(name, host);
  };
  if (is_authority(authority) && (std::ranges::any_of(kLocal, is_host) || std::ranges::any_of(allowed.names, is_host)))
    return {};
  return make_error(ErrorKind::host_not_allowed, "this server does not answer for the host that the request names",
                    "Use localhost, or add the name to allowed_hosts in the configuration");
}

Status check_origin(const RequestHead& head, std::string_view authority) {
  if (head.method == Method::get || head.method == Method::head || head.method == Method::options) return {};
  if (head.headers.count("sec-fetch-site") > 1 || head.headers.count("origin") > 1)
    return cross_origin("several Origin or Sec-Fetch-Site fields");
  if (const auto site = head.headers.get("sec-fetch-site"); site && !site->empty()) {
    if (*site == "same-origin" || *site == "none") return {};
    return cross_origin("the browser says that another site makes this request");
  }
  const auto origin = head.headers.get("origin");
  if (!origin || origin->empty()) return {};
  const std::size_t scheme = origin->find("://");
  if (scheme != std::string_view::npos && text::equal_ignore_case(origin->substr(scheme + 3), authority)) return {};
  return cross_origin("the request's Origin is not this server");
}

}  // namespace aigw::http
