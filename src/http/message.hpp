#pragma once
// The heads of a request and of an answer. Values without I/O; clear() keeps their memory for the next message.

#include "http/headers.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace aigw::http {

enum class Method : std::uint8_t { get, head, post, put, patch, delete_, options, connect, trace, other };

/// Methods are case-sensitive: "get" is `other`.
Method method_named(std::string_view text);
std::string_view name_of(Method method);  ///< "" for other

struct RequestHead {
  Method method = Method::get;
  std::string method_text;
  std::string target;  ///< as it stood in the request line
  int version_minor = 1;
  Headers headers;
  void clear();
};

struct ResponseHead {
  int status = 0;
  Headers headers;
  int version_minor = 1;
  void clear();
};

std::string_view reason_phrase(int status);  ///< "Unknown" for codes without one

/// Whether the connection stays open after this message, by its version and Connection fields.
bool keeps_alive(int version_minor, const Headers& headers);

}  // namespace aigw::http
