#pragma once
// Where a request's body ends. A request on whose end two parsers could disagree is refused. Pure.

#include "base/error.hpp"
#include "http/limits.hpp"
#include "http/message.hpp"

#include <cstdint>

namespace aigw::http {

struct Framing {
  enum class Kind : std::uint8_t { none, length, chunked };
  Kind kind = Kind::none;
  std::uint64_t length = 0;       ///< bytes, when the kind is length
  bool expects_continue = false;  ///< `Expect: 100-continue` on HTTP/1.1 with a body
};

/// @pre parse_request_head passed
/// @errors bad_http: lengths that disagree, length and coding together, a coding on HTTP/1.0, broken numbers;
///         body_too_large; not_implemented: another coding than chunked; expectation_failed
Result<Framing> request_framing(const RequestHead& head, std::uint64_t body_bytes_max = limits::kBodyBytes);

}  // namespace aigw::http
