#pragma once
// Base URLs of providers, and which addresses they may lead to (server-side request forgery guard). Pure.

#include "base/error.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace aigw::http {

struct Url {
  bool tls = false;
  std::string host;        ///< lower case; an IPv6 address without brackets
  std::uint16_t port = 0;  ///< the scheme's own when none was given
  std::string path;        ///< "" or "/v1": without trailing slash

  std::string authority() const;  ///< for the Host field: brackets for IPv6, the port only when it is not the scheme's
  std::string text() const;       ///< scheme://authority/path
};

/// http and https only, no user, query or fragment.
/// @errors config; the message says what is wrong with it
Result<Url> parse_url(std::string_view text);

enum class AddressScope : std::uint8_t {
  global,
  loopback,
  private_use,  ///< RFC 1918, shared 100.64/10, IPv6 ULA
  forbidden,    ///< link-local (with the cloud's metadata), unspecified, multicast, reserved, or no address at all
};

/// `ip`: IPv4 or IPv6 text as inet_ntop writes it; addresses that embed an IPv4 one count as that one.
AddressScope scope_of_address(std::string_view ip);
inline bool is_private_address(std::string_view ip) { return scope_of_address(ip) != AddressScope::global; }

}  // namespace aigw::http
