#pragma once
// A plain HTTP/1.1 server for listeners with little traffic: the control socket and the built-in provider. The data
// plane does not use it. It has its own threads; the handler runs on them, two at once, and may block.

#include "base/error.hpp"
#include "http/guard.hpp"
#include "http/limits.hpp"
#include "http/message.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace aigw::net {

struct SimpleRequest {
  std::string method;
  std::string target;  ///< path and query as they came
  http::Headers headers;
  std::string body;
};

/// A part of a streamed answer, sent at once when its delay has passed.
struct Chunk {
  std::string bytes;
  std::chrono::milliseconds delay_before{0};
};

struct SimpleResponse {
  int status = 200;
  http::Headers headers;  ///< without framing fields: the server adds them
  std::string body;
  std::optional<std::vector<Chunk>> stream;  ///< instead of `body`: chunked
};

/// Called from several threads at once. An exception becomes a 500.
using SimpleHandler = std::function<SimpleResponse(const SimpleRequest&)>;

struct SimpleServerOptions {
  http::HostAllowList hosts = {};  ///< of a TCP listener; a Unix socket is guarded by its file's mode
  std::size_t body_bytes_max = http::limits::kBodyBytes;
  std::size_t connections_max = 256;
  std::chrono::milliseconds idle{http::limits::kIdleKeepAlive};
};

/// Listens from construction to stop(). One thread owns it; `port` may be asked from any.
class SimpleServer {
 public:
  /// `address`: IPv4 or IPv6 text; port 0 takes a free one.
  /// @errors config: no such address, or the port is taken
  static Result<std::unique_ptr<SimpleServer>> listen_tcp(const std::string& address, std::uint16_t port,
                                                          SimpleHandler handler, SimpleServerOptions options = {});
  /// The socket's file gets mode 0600. A file that a dead process left is removed.
  /// @errors config: the path is too long for a socket; conflict: another process answers on it, or it is no socket
  static Result<std::unique_ptr<SimpleServer>> listen_unix(const std::filesystem::path& path, SimpleHandler handler,
                                                           SimpleServerOptions options = {});
  ~SimpleServer();
  SimpleServer(const SimpleServer&) = delete;
  SimpleServer& operator=(const SimpleServer&) = delete;

  /// Takes no new connection, gives running answers two seconds, ends. Also removes the Unix socket's file.
  void stop();
  std::uint16_t port() const;  ///< 0 for a Unix socket

 private:
  struct State;
  explicit SimpleServer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace aigw::net
