#include "gateway/reply.hpp"

#include "base/text.hpp"
#include "http/name_set.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace aigw::gateway {
namespace {

constexpr auto kStaysBehind = http::name_set(  //
    "alt-svc", "connection", "content-length", "keep-alive", "nel", "proxy-authenticate", "proxy-connection",
    "report-to", "set-cookie", "strict-transport-security", "te", "trailer", "transfer-encoding", "upgrade",
    "x-aigw-attempts", "x-aigw-model", "x-aigw-provider");

bool stays_behind(std::string_view name, std::string_view connection_list) {
  if (name.size() >= 15 && text::equal_ignore_case(name.substr(0, 15), "access-control-")) return true;
  if (kStaysBehind.contains(name)) return true;
  return !connection_list.empty() && http::has_token(connection_list, name);
}

bool describes_body(std::string_view name) {
  return text::equal_ignore_case(name, "content-type") || text::equal_ignore_case(name, "content-encoding");
}

/// Seconds or a date, once. Clients take anything else for no wait at all, or for an endless one.
bool has_sane_retry_after(const http::Headers& provider) {
  const std::string_view value = provider.get("retry-after").value_or("");
  if (value.empty() || provider.count("retry-after") > 1) return false;
  const bool seconds = std::ranges::all_of(value, [](char c) { return c >= '0' && c <= '9'; });
  return seconds || value.ends_with(" GMT");
}

void append_number(std::string& out, std::uint64_t number) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  out.append(digits, end);
}

}  // namespace

HeadBuilder::HeadBuilder(std::string& out, int status, const ClientTerms& terms)
    : out_(out), status_(status), terms_(terms) {
  constexpr std::size_t kUsualBytes = 768;
  out_.reserve(kUsualBytes);
  out_.append("HTTP/1.1 ");
  append_number(out_, static_cast<std::uint64_t>(status));
  out_.append(" ").append(http::reason_phrase(status)).append("\r\n");
}

HeadBuilder& HeadBuilder::add(std::string_view name, std::string_view value) {
  text::append(out_, name, ": ", value, "\r\n");
  return *this;
}

HeadBuilder& HeadBuilder::pass(const http::Headers& provider, BodyOrigin body) {
  const std::string_view connection = provider.get("connection").value_or("");
  const bool sane_retry_after = has_sane_retry_after(provider);
  for (const http::Field field : provider) {
    if (stays_behind(field.name, connection)) continue;
    if (body == BodyOrigin::gateway && describes_body(field.name)) continue;
    if (!sane_retry_after && text::equal_ignore_case(field.name, "retry-after")) continue;
    add(text::equal_ignore_case(field.name, "x-request-id") ? "x-aigw-upstream-request-id" : field.name, field.value);
  }
  return *this;
}

void HeadBuilder::end(BodyFraming framing, std::uint64_t body_bytes) {
  if (framing == BodyFraming::length && status_ != 204) {
    out_.append("content-length: ");
    append_number(out_, body_bytes);
    out_.append("\r\n");
  } else if (framing == BodyFraming::chunked) {
    out_.append("transfer-encoding: chunked\r\n");
  }
  if (!terms_.keep_alive || framing == BodyFraming::until_close)
    out_.append("connection: close\r\n");
  else if (terms_.version_minor == 0)
    out_.append("connection: keep-alive\r\n");
  out_.append("\r\n");
}

std::string error_answer(const llm::Codec& codec, const Error& error, std::string_view request_id,
                         const ClientTerms& terms, std::string_view allow) {
  const std::string body = codec.encode_error(error, request_id);
  const int status = codec.status_of(error);
  std::string out;
  HeadBuilder head(out, status, terms);
  head.add("content-type", "application/json");
  if (!request_id.empty()) head.add("x-request-id", request_id);
  if (!allow.empty()) head.add("allow", allow);
  if (error.kind == ErrorKind::overloaded) head.add("retry-after", "1");
  if (error.kind == ErrorKind::unauthorized) head.add("www-authenticate", "Bearer");
  if (error.kind == ErrorKind::upstream_auth || error.kind == ErrorKind::no_credential)
    head.add("x-should-retry", "false");
  head.end(BodyFraming::length, body.size());
  if (!terms.head_only) out.append(body);
  return out;
}

std::string_view chunk_line(std::size_t bytes, char* buffer) {
  char* end = std::to_chars(buffer, buffer + 18, bytes, 16).ptr;
  *end++ = '\r';
  *end++ = '\n';
  return {buffer, static_cast<std::size_t>(end - buffer)};
}

}  // namespace aigw::gateway
