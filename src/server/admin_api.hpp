#pragma once
// The admin API, /api/v1: JSON in, one use case of ops/, JSON out. No logic and no transport: the Unix socket's server
// calls `handle` from its threads, and the CLI calls it in-process when no `serve` runs.

#include "base/error.hpp"
#include "ops/context.hpp"

#include <string>
#include <string_view>

namespace aigw::server {

struct ApiReply {
  int status = 200;
  std::string content_type = "application/json";  ///< "application/problem+json" for errors
  std::string body;                               ///< one JSON document; empty for 204
};

/// {type,title,status,detail,code,next,errors?} of RFC 9457.
ApiReply problem(const Error& error);

/// Any thread; calls do not wait for each other but at the ingester.
class AdminApi {
 public:
  explicit AdminApi(ops::Context context) : context_(std::move(context)) {}

  /// `target` is path and query as they came, "/api/v1/keys?..". Every outcome is a reply, errors too.
  ApiReply handle(std::string_view method, std::string_view target, std::string_view body) const;

 private:
  ops::Context context_;
};

}  // namespace aigw::server
