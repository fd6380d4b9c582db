#pragma once
// One HTTP request that waits for its answer: for commands and background jobs, never for the data plane. The only door
// to cpp-httplib outside tests. Any thread; calls share nothing.

#include "base/error.hpp"
#include "http/message.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

namespace aigw::net {

/// Which addresses a request may go to. Where a name leads is judged when it is asked, not when it is stored.
enum class Reach : std::uint8_t {
  any,
  private_too,  ///< but not link-local ones, where clouds keep their credentials
  public_only,
};

struct BlockingRequest {
  std::string base_url;                    ///< "https://host[:port]"; a path of it stands before `path`
  std::filesystem::path unix_socket = {};  ///< when set, the request goes there instead
  Reach reach = Reach::any;
  std::string method = "GET";
  std::string path = "/";  ///< with its query
  http::Headers headers = {};
  std::string body = {};
  std::chrono::milliseconds connect_timeout{5'000};
  std::chrono::milliseconds read_timeout{30'000};  ///< between two reads
  std::filesystem::path ca_file = {};              ///< PEM; the system's certificates when empty
  std::size_t body_bytes_max = 16U << 20U;
};

struct BlockingResponse {
  int status = 0;
  http::Headers headers;  ///< 0.11.4 decodes %XX in their values
  std::string body;
};

/// Redirects are answers, not followed; certificates are verified. An answer of any status is a success.
/// @errors config: a broken URL; upstream_unreachable, also when no address is within reach; upstream_timeout;
/// upstream_invalid: no HTTP, or a body past its limit
Result<BlockingResponse> send_and_wait(const BlockingRequest& request);

}  // namespace aigw::net
