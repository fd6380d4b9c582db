#pragma once
// Connections to providers: opening them (addresses checked one by one), one call at a time on each, and the pool of
// kept ones. One loop, one thread.

#include "base/error.hpp"
#include "gateway/step.hpp"
#include "http/answer.hpp"
#include "net/asio.hpp"
#include "net/buffer.hpp"
#include "net/tls.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace aigw::net {

class UpstreamConnection {
 public:
  UpstreamConnection(Socket socket, std::string origin) : socket_(std::move(socket)), origin_(std::move(origin)) {}
  explicit UpstreamConnection(std::unique_ptr<TlsStream> tls, std::string origin)
      : socket_(tls->get_executor()), tls_(std::move(tls)), origin_(std::move(origin)) {}

  const std::string& origin() const { return origin_; }
  bool reused() const { return calls_ > 1; }
  bool answer_started() const { return answer_started_; }

  /// Writes a request as far as it goes without waiting. Returns how much of head and body together it took.
  std::size_t write_now(std::string_view head, std::string_view body, error_code& error);
  /// Writes what `write_now` left over. Empty error: written.
  Awaitable<error_code> write_rest(std::string_view head, std::string_view body, std::size_t done);
  /// Begins the answer to what was written.
  void expect_answer(bool has_no_body);
  /// Where the next read goes. The driver reads itself: from `plain` where there is no TLS, which spares it a coroutine
  /// an event, else with `read_tls`; then it tells what came.
  asio::mutable_buffer room();
  Socket* plain() { return tls_ ? nullptr : &socket_; }
  Awaitable<std::tuple<error_code, std::size_t>> read_tls(asio::mutable_buffer room);
  void came(std::size_t bytes);
  /// After a read that ended with `failed`: true when the final answer's head is there. @errors in `error`:
  /// upstream_invalid; upstream_broken (retry: reused_only when the connection had been kept and not one byte came)
  bool take_head(const error_code& failed, std::optional<Error>& error);
  const http::ResponseHead& head() const { return head_; }
  /// The next bytes of the body. `end` tells that it is complete.
  struct Body {
    std::string_view bytes;
    bool end = false;
    std::optional<Error> error;
    bool cancelled = false;  ///< by cancel(): the same read may be asked for again
  };
  /// Those that are there without waiting; none: read more.
  std::optional<Body> body_now();
  /// The same after a read that ended with `failed`.
  std::optional<Body> body_after(const error_code& failed);
  /// The answer was read to its end and the connection may carry another call.
  bool reusable() const { return reader_ && reader_->done() && reader_->keeps_alive() && input_.empty(); }
  void start_call() {
    ++calls_;
    answer_started_ = false;
  }
  /// Gives its memory back while it waits for another call.
  void rest() {
    reader_.reset();
    input_.release();
  }
  void cancel();
  void close();
  int fd() { return lowest().native_handle(); }
  Instant kept_since{};

 private:
  Socket& lowest() { return tls_ ? tls_->next_layer() : socket_; }
  /// Gives the reader what is in the buffer. @errors upstream_invalid
  std::optional<Error> parse();

  Socket socket_;
  std::unique_ptr<TlsStream> tls_;
  std::string origin_;
  Buffer input_;
  http::ResponseHead head_;
  http::AnswerReader::Body expected_ = http::AnswerReader::Body::as_framed;
  std::optional<http::AnswerReader> reader_;
  bool answer_started_ = false;
  bool body_given_ = false;
  unsigned calls_ = 0;
  unsigned informational_ = 0;
};

using UpstreamPtr = std::unique_ptr<UpstreamConnection>;

/// Names what makes connections interchangeable: scheme, reach, host and port. Written over `out`.
void write_origin(std::string& out, const policy::BaseUrl& url, gateway::UpstreamCall::Reach reach);

class UpstreamPool {
 public:
  explicit UpstreamPool(std::size_t idle_max) : idle_max_(idle_max) {}
  void set_idle_max(std::size_t idle_max) { idle_max_ = idle_max; }  ///< for what is given back from now on
  UpstreamPtr take(const std::string& origin);
  void give(UpstreamPtr connection, Instant now);
  /// Once a second: drops what was closed or kept too long, lets the others give back their memory.
  void sweep(Instant now);
  void clear() { idle_.clear(); }
  std::size_t size() const;

 private:
  std::size_t idle_max_;
  std::unordered_map<std::string, std::vector<UpstreamPtr>> idle_;
};

/// Opens connections. What it waits for can be cut by `cancel`.
class Connector {
 public:
  explicit Connector(Executor executor) : executor_(executor) {}
  struct Opened {
    UpstreamPtr connection;
    std::optional<Error> error;
  };
  Awaitable<Opened> open(const policy::BaseUrl& url, gateway::UpstreamCall::Reach reach, std::string origin,
                         std::unique_ptr<TlsClient>& tls, const std::string& ca_file);
  void cancel();

 private:
  Executor executor_;
  Socket* connecting_ = nullptr;
  asio::ip::basic_resolver<tcp, Executor>* resolving_ = nullptr;
  bool cancelled_ = false;
};

}  // namespace aigw::net
