#pragma once
// The request target: its three forms, and the paths that are refused because servers disagree on what they mean. Pure.

#include "base/error.hpp"
#include "http/message.hpp"

#include <string>
#include <string_view>

namespace aigw::http {

/// Views into the head, raw: nothing is decoded, so `%2f` never becomes a separator.
/// `path` is "*" for `OPTIONS *`; `query` comes without its `?`.
struct Target {
  std::string_view path;
  std::string_view query;
  std::string_view authority;  ///< of the absolute form, else of Host; with its port when one was given
};

/// @pre parse_request_head passed and `head` outlives the result
/// @errors bad_http: no or several Host fields, a broken host, `*` without OPTIONS, a fragment, dot segments (also
///         encoded), NUL or broken escapes; not_found: an empty segment (`//`); method_not_allowed: CONNECT
Result<Target> parse_target(const RequestHead& head);

/// The rules for a path alone. @errors as parse_target
Status check_path(std::string_view path);

/// Whether `authority` is host[:port] with the host a name, an IPv4 address or [IPv6].
bool is_authority(std::string_view authority);
/// The host of an authority: without its port, brackets kept.
std::string_view host_of(std::string_view authority);

/// One path segment or query value decoded. @errors bad_http: broken escape, NUL, invalid UTF-8
Result<std::string> percent_decode(std::string_view text);
/// The raw value of a query's first parameter of that name; empty when there is none.
std::string_view query_value(std::string_view query, std::string_view name);

}  // namespace aigw::http
