#pragma once
// The doors that stand before authentication on every route: Host allow-list (DNS rebinding) and origin check (CSRF).
// Pure.

#include "base/error.hpp"
#include "http/message.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace aigw::http {

/// localhost, 127.0.0.1 and [::1] are always allowed.
struct HostAllowList {
  std::vector<std::string> names = {};  ///< further hosts, lower case, without port; [IPv6] in brackets
  bool any = false;                     ///< every host: for listeners that a front proxy guards
};

/// Any port. @errors host_not_allowed (421)
Status check_host(std::string_view authority, const HostAllowList& allowed);

/// The rules of Go 1.25's CrossOriginProtection: safe methods pass; else Sec-Fetch-Site must be same-origin or none;
/// without it Origin must be the authority; with neither the caller is no browser.
/// @pre check_host passed: a rebound name makes Origin equal the authority
/// @errors origin_not_allowed (403)
Status check_origin(const RequestHead& head, std::string_view authority);

}  // namespace aigw::http
