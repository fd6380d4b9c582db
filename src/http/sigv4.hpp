#pragma once
// AWS Signature Version 4: a request is signed with a key derived for one day, region and service, and carries the
// signature in its head. No clock, no network. Any thread; the keys derived last are kept, a few a thread.

#include "base/time.hpp"
#include "http/headers.hpp"

#include <span>
#include <string>
#include <string_view>

namespace aigw::http::sigv4 {

/// "ACCESS_KEY_ID:SECRET" or "ACCESS_KEY_ID:SECRET:SESSION_TOKEN". Views into that text.
struct Credential {
  std::string_view access_key_id;
  std::string_view secret;
  std::string_view session_token;  ///< empty: a long-term key

  static Credential parse(std::string_view text);
};

/// Whether `text` is such a pair; other keys have no colon.
inline bool is_credential(std::string_view text) { return text.find(':') != std::string_view::npos; }

struct Scope {
  std::string_view region;
  std::string_view service;
  UnixMillis at;  ///< AWS refuses what is more than five minutes off
};

/// A request as it goes over the wire.
struct Request {
  std::string_view method;
  std::string_view target;         ///< of its first line: path and query, percent-encoded, without dot segments
  std::span<const Field> headers;  ///< to be signed: `host` at least, each name once, in lower case
  std::string_view body;
};

/// Appends the fields that make it a signed request: x-amz-date, x-amz-security-token if there is one, authorization.
/// Each ends in CRLF. @pre the head has none of them yet
void append_fields(std::string& head, const Request& request, const Credential& credential, const Scope& scope);

/// The region that a host names, as in "bedrock-runtime.eu-central-1.amazonaws.com"; "us-east-1" where it names none.
std::string_view region_of(std::string_view host);

}  // namespace aigw::http::sigv4
