#include "http/message.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>

namespace aigw::http {
namespace {

constexpr std::array<std::string_view, 10> kMethods = {"GET",    "HEAD",    "POST",    "PUT",   "PATCH",
                                                       "DELETE", "OPTIONS", "CONNECT", "TRACE", ""};

struct Phrase {
  int status;
  std::string_view text;
};
constexpr std::array kPhrases = {
    Phrase{100, "Continue"},
    Phrase{101, "Switching Protocols"},
    Phrase{200, "OK"},
    Phrase{201, "Created"},
    Phrase{202, "Accepted"},
    Phrase{204, "No Content"},
    Phrase{206, "Partial Content"},
    Phrase{301, "Moved Permanently"},
    Phrase{302, "Found"},
    Phrase{303, "See Other"},
    Phrase{304, "Not Modified"},
    Phrase{307, "Temporary Redirect"},
    Phrase{308, "Permanent Redirect"},
    Phrase{400, "Bad Request"},
    Phrase{401, "Unauthorized"},
    Phrase{402, "Payment Required"},
    Phrase{403, "Forbidden"},
    Phrase{404, "Not Found"},
    Phrase{405, "Method Not Allowed"},
    Phrase{406, "Not Acceptable"},
    Phrase{408, "Request Timeout"},
    Phrase{409, "Conflict"},
    Phrase{410, "Gone"},
    Phrase{411, "Length Required"},
    Phrase{412, "Precondition Failed"},
    Phrase{413, "Content Too Large"},
    Phrase{414, "URI Too Long"},
    Phrase{415, "Unsupported Media Type"},
    Phrase{416, "Range Not Satisfiable"},
    Phrase{417, "Expectation Failed"},
    Phrase{421, "Misdirected Request"},
    Phrase{422, "Unprocessable Content"},
    Phrase{424, "Failed Dependency"},
    Phrase{425, "Too Early"},
    Phrase{426, "Upgrade Required"},
    Phrase{428, "Precondition Required"},
    Phrase{429, "Too Many Requests"},
    Phrase{431, "Request Header Fields Too Large"},
    Phrase{499, "Client Closed Request"},
    Phrase{500, "Internal Server Error"},
    Phrase{501, "Not Implemented"},
    Phrase{502, "Bad Gateway"},
    Phrase{503, "Service Unavailable"},
    Phrase{504, "Gateway Timeout"},
    Phrase{505, "HTTP Version Not Supported"},
    Phrase{529, "Overloaded"},
};
static_assert(std::is_sorted(kPhrases.begin(), kPhrases.end(),
                             [](const Phrase& a, const Phrase& b) { return a.status < b.status; }));

bool any_has_token(const Headers& headers, std::string_view token) {
  if (!headers.has("connection")) return false;
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
  const auto found = std::lower_bound(kPhrases.begin(), kPhrases.end(), status,
                                      [](const Phrase& row, int wanted) { return row.status < wanted; });
  return found == kPhrases.end() || found->status != status ? "Unknown" : found->text;
}

}  // namespace aigw::http
