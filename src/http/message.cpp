#include "http/message.hpp"

#include <array>

#include "base/text.hpp"

namespace aigw::http {
namespace {

constexpr std::array<std::string_view, 10> kMethods = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE", ""};

bool any_has_token(const Headers& headers, std::string_view token) {
  bool found = false;
  for (const Field field : headers)
    found = found || (text::equal_ignore_case(field.name, "connection") && has_token(field.value, token));
  return found;
}

}  // namespace

Method method_named(std::string_view text) {
  for (std::size_t i = 0; i + 1 < kMethods.size(); ++i)
    if (kMethods[i] == text) return static_cast<Method>(i);
  return Method::other;
}

std::string_view name_of(Method method) { return kMethods[static_cast<std::size_t>(method)]; }

void RequestHead::clear() {
  method = Method::get;
  method_text.clear();
  target.clear();
  version_minor = 1;
  headers.clear();
}

void ResponseHead::clear() {
  status = 0;
  headers.clear();
  version_minor = 1;
}

bool keeps_alive(int version_minor, const Headers& headers) {
  if (any_has_token(headers, "close")) return false;
  return version_minor >= 1 || any_has_token(headers, "keep-alive");
}

std::string_view reason_phrase(int status) {
  switch (status) {
    case 100: return "Continue";
    case 101: return "Switching Protocols";
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 206: return "Partial Content";
    case 301: return "Moved Permanently";
    case 302: return "Found";
    case 303: return "See Other";
    case 304: return "Not Modified";
    case 307: return "Temporary Redirect";
    case 308: return "Permanent Redirect";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 402: return "Payment Required";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 406: return "Not Acceptable";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 411: return "Length Required";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 416: return "Range Not Satisfiable";
    case 417: return "Expectation Failed";
    case 421: return "Misdirected Request";
    case 422: return "Unprocessable Content";
    case 424: return "Failed Dependency";
    case 425: return "Too Early";
    case 426: return "Upgrade Required";
    case 428: return "Precondition Required";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 499: return "Client Closed Request";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 505: return "HTTP Version Not Supported";
    case 529: return "Overloaded";
    default: return "Unknown";
  }
}

}  // namespace aigw::http
