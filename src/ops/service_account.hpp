#pragma once
// A service account's key file (Google's, or of its form) and the OAuth tokens it is traded for (RFC 7523): what is
// asked, and what the answer says. Pure; any thread.

#include "base/error.hpp"
#include "base/secret.hpp"
#include "base/time.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace aigw::ops {

struct ServiceAccount {
  std::string email;
  std::string key_id;
  Secret private_key;     ///< PEM
  std::string token_uri;  ///< who trades
};

/// Whether a stored key is meant as one, and not as a token that goes as it is.
bool is_service_account(const Secret& key);

/// @errors bad_request naming the field: no service account, or one whose key cannot sign
Result<ServiceAccount> read_service_account(const Secret& json);
/// Only what is needed of it, in one line.
Secret text_of(const ServiceAccount& account);

/// The private key's proof goes there: over https, or to this machine where private addresses are allowed.
/// @errors bad_request
Status check_token_uri(const ServiceAccount& account, bool allow_private);

/// The form to be posted to the token URI: an assertion signed with RS256, good for an hour. @errors crypto
Result<Secret> token_request(const ServiceAccount& account, UnixMillis now);

struct AccessToken {
  Secret text;
  std::chrono::seconds lifetime{};
};
/// @errors upstream_auth: the account is refused; upstream_error; upstream_invalid
Result<AccessToken> read_token_answer(int status, std::string_view body);

}  // namespace aigw::ops
