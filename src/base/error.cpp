#include "base/error.hpp"

#include <array>

namespace aigw {
namespace {

struct KindRow {
  ErrorKind kind;
  std::string_view code;
  int http_status;
  ErrorSource source;
};

using enum ErrorSource;
constexpr std::array kKinds = {
    KindRow{ErrorKind::bad_http, "bad_http", 400, client},
    KindRow{ErrorKind::bad_request, "bad_request", 400, client},
    KindRow{ErrorKind::unauthorized, "unauthorized", 401, client},
    KindRow{ErrorKind::forbidden, "forbidden", 403, client},
    KindRow{ErrorKind::host_not_allowed, "host_not_allowed", 421, client},
    KindRow{ErrorKind::origin_not_allowed, "origin_not_allowed", 403, client},
    KindRow{ErrorKind::not_found, "not_found", 404, client},
    KindRow{ErrorKind::model_not_found, "model_not_found", 404, client},
    KindRow{ErrorKind::method_not_allowed, "method_not_allowed", 405, client},
    KindRow{ErrorKind::unsupported_media_type, "unsupported_media_type", 415, client},
    KindRow{ErrorKind::expectation_failed, "expectation_failed", 417, client},
    KindRow{ErrorKind::request_timeout, "request_timeout", 408, client},
    KindRow{ErrorKind::body_too_large, "body_too_large", 413, client},
    KindRow{ErrorKind::headers_too_large, "headers_too_large", 431, client},
    KindRow{ErrorKind::uri_too_long, "uri_too_long", 414, client},
    KindRow{ErrorKind::not_implemented, "not_implemented", 501, client},
    KindRow{ErrorKind::version_not_supported, "version_not_supported", 505, client},
    KindRow{ErrorKind::conflict, "conflict", 409, client},
    KindRow{ErrorKind::rate_limited, "rate_limited", 429, client},
    KindRow{ErrorKind::client_gone, "client_gone", 499, client},
    KindRow{ErrorKind::upstream_unreachable, "upstream_unreachable", 502, upstream},
    KindRow{ErrorKind::upstream_timeout, "upstream_timeout", 504, upstream},
    KindRow{ErrorKind::upstream_invalid, "upstream_invalid", 502, upstream},
    KindRow{ErrorKind::upstream_broken, "upstream_broken", 502, upstream},
    KindRow{ErrorKind::upstream_auth, "upstream_auth", 502, upstream},
    KindRow{ErrorKind::upstream_error, "upstream_error", 502, upstream},
    KindRow{ErrorKind::overloaded, "overloaded", 503, internal},
    KindRow{ErrorKind::no_credential, "no_credential", 503, internal},
    KindRow{ErrorKind::database, "database", 500, internal},
    KindRow{ErrorKind::crypto, "crypto", 500, internal},
    KindRow{ErrorKind::config, "config", 500, internal},
    KindRow{ErrorKind::internal, "internal", 500, internal},
};

constexpr bool in_enum_order() {
  for (std::size_t i = 0; i < kKinds.size(); ++i)
    if (static_cast<std::size_t>(kKinds[i].kind) != i) return false;
  return true;
}
static_assert(in_enum_order(), "one row a kind, in the order of the enum");

const KindRow& row(ErrorKind kind) { return kKinds[static_cast<std::size_t>(kind)]; }

}  // namespace

std::string_view code_of(ErrorKind kind) { return row(kind).code; }
int http_status_of(ErrorKind kind) { return row(kind).http_status; }
ErrorSource source_of(ErrorKind kind) { return row(kind).source; }

Error make_error(ErrorKind kind, std::string message, std::string next) {
  Error error;
  error.kind = kind;
  error.message = std::move(message);
  error.next = std::move(next);
  return error;
}

std::string Error::text() const {
  std::string out = message;
  if (!next.empty()) out.append(". ").append(next);
  if (cause) out.append(" (caused by: ").append(cause->text()).append(")");
  return out;
}

Error Error::within(std::string_view what) && {
  message.insert(0, std::string(what) + ": ");
  return std::move(*this);
}

}  // namespace aigw
