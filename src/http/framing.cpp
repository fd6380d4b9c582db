#include "http/framing.hpp"

#include "base/text.hpp"
#include "http/grammar.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace aigw::http {
namespace {

/// The value of all fields of that name; none when there are none.
/// @errors bad_http when they differ
Result<std::optional<std::string_view>> one_value(const Headers& headers, std::string_view name) {
  std::optional<std::string_view> value = headers.get(name);
  if (!value) return value;
  for (const Field field : headers) {
    if (!text::equal_ignore_case(field.name, name)) continue;
    if (*value != field.value)
      return make_error(ErrorKind::bad_http, "several " + std::string(name) + " fields with different values");
  }
  return value;
}

Result<std::uint64_t> content_length(std::string_view value, std::uint64_t body_bytes_max) {
  constexpr std::size_t kDigitsMax = 19;
  if (value.empty() || value.find_first_not_of("0123456789") != std::string_view::npos)
    return make_error(ErrorKind::bad_http, "Content-Length is no decimal number");
  std::uint64_t length = 0;
  std::from_chars(value.data(), value.data() + value.size(), length);
  if (value.size() > kDigitsMax || length > body_bytes_max)
    return make_error(ErrorKind::body_too_large,
                      "the body is larger than " + std::to_string(body_bytes_max) + " bytes");
  return length;
}

Status check_transfer_coding(const RequestHead& head, std::string_view coding, bool has_length) {
  if (has_length) return make_error(ErrorKind::bad_http, "Content-Length and Transfer-Encoding in one request");
  if (head.version_minor == 0) return make_error(ErrorKind::bad_http, "Transfer-Encoding in HTTP/1.0");
  if (head.headers.count("transfer-encoding") > 1)
    return make_error(ErrorKind::bad_http, "several Transfer-Encoding fields");
  if (!text::equal_ignore_case(coding, "chunked"))
    return make_error(ErrorKind::not_implemented, "the only transfer coding spoken here is chunked");
  return {};
}

}  // namespace

Result<Framing> request_framing(const RequestHead& head, std::uint64_t body_bytes_max) {
  Framing framing;
  AIGW_TRY_ASSIGN(const auto coding, one_value(head.headers, "Transfer-Encoding"));
  AIGW_TRY_ASSIGN(const auto length, one_value(head.headers, "Content-Length"));
  if (coding) {
    AIGW_TRY(check_transfer_coding(head, *coding, length.has_value()));
    framing.kind = Framing::Kind::chunked;
  } else if (length) {
    AIGW_TRY_ASSIGN(framing.length, content_length(*length, body_bytes_max));
    framing.kind = framing.length > 0 ? Framing::Kind::length : Framing::Kind::none;
  }
  if (const auto expect = head.headers.get("expect")) {
    if (!text::equal_ignore_case(*expect, "100-continue"))
      return make_error(ErrorKind::expectation_failed, "the only expectation met here is 100-continue");
    framing.expects_continue = head.version_minor >= 1 && framing.kind != Framing::Kind::none;
  }
  return framing;
}

}  // namespace aigw::http
