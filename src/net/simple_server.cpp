#include "net/simple_server.hpp"

#include "base/log.hpp"
#include "http/target.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <cstdio>
#include <cstring>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

namespace aigw::net {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;
using Protocol = asio::generic::stream_protocol;  // TCP and Unix sockets alike: one instance of the session's code
using SimpleStream = beast::basic_stream<Protocol>;
using SimpleAcceptor = asio::basic_socket_acceptor<Protocol>;
using Parser = beast::http::request_parser<beast::http::string_body>;
constexpr auto kAwaitAny = asio::as_tuple(asio::use_awaitable);
constexpr int kThreads = 2;
// Below, what a co_await uses has a name: g++ 12 destroys some temporaries of such expressions twice.
constexpr std::chrono::seconds kDrain{2};
constexpr std::chrono::seconds kBodyDeadline{60};
constexpr std::chrono::seconds kWriteDeadline{30};

/// Counts answers that are being made, so that stop() can wait for them.
class BusyCount {
 public:
  void enter() {
    const std::lock_guard lock(mutex_);
    ++count_;
  }
  void leave() {
    const std::lock_guard lock(mutex_);
    if (--count_ == 0) idle_.notify_all();
  }
  void wait_idle(std::chrono::seconds longest) {
    std::unique_lock lock(mutex_);
    idle_.wait_for(lock, longest, [this] { return count_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable idle_;
  int count_ = 0;
};

class Busy {
 public:
  explicit Busy(BusyCount& count) : count_(count) { count_.enter(); }
  ~Busy() { count_.leave(); }
  Busy(const Busy&) = delete;
  Busy& operator=(const Busy&) = delete;

 private:
  BusyCount& count_;
};

SimpleResponse failure(const Error& error) {
  SimpleResponse response;
  response.status = error.http_status();
  response.headers.add("content-type", "text/plain; charset=utf-8");
  response.body = error.text() + "\n";
  return response;
}

bool has_body(int status) { return status >= 200 && status != 204 && status != 304; }

std::string head_text(const SimpleResponse& response, std::string_view framing, bool keep_alive) {
  std::string out = "HTTP/1.1 " + std::to_string(response.status) + " ";
  out.append(http::reason_phrase(response.status)).append("\r\n");
  for (const http::Field field : response.headers)
    out.append(field.name).append(": ").append(field.value).append("\r\n");
  out.append(framing);
  if (!keep_alive) out += "connection: close\r\n";
  return out += "\r\n";
}

std::string chunk_text(std::string_view bytes) {
  char size[20];
  const int digits = std::snprintf(size, sizeof size, "%zx\r\n", bytes.size());
  return std::string(size, static_cast<std::size_t>(digits)).append(bytes).append("\r\n");
}

/// Beast's request in our words. Beast has unfolded and trimmed the fields.
SimpleRequest to_request(Parser::value_type&& message) {
  SimpleRequest request;
  request.method = message.method_string();
  request.target = message.target();
  for (const auto& field : message) request.headers.add(field.name_string(), field.value());
  request.body = std::move(message.body());
  return request;
}

Error read_error(error_code failed) {
  using beast::http::error;
  if (failed == error::body_limit) return make_error(ErrorKind::body_too_large, "the body is too large");
  if (failed == error::header_limit || failed == error::buffer_overflow)
    return make_error(ErrorKind::headers_too_large, "the head is too large");
  if (failed == beast::error::timeout)
    return make_error(ErrorKind::request_timeout, "the request did not arrive in time");
  return make_error(ErrorKind::bad_http, "the request is no valid HTTP");
}

}  // namespace

struct SimpleServer::State {
  State(SimpleHandler handler_, SimpleServerOptions options_, bool guarded_)
      : handler(std::move(handler_)), options(std::move(options_)), guarded(guarded_) {}

  SimpleHandler handler;
  SimpleServerOptions options;
  bool guarded;  ///< check Host and Origin: for TCP
  std::filesystem::path socket_file;
  std::uint16_t port = 0;
  BusyCount busy;
  std::atomic<std::size_t> connections{0};
  std::atomic<bool> stopping{false};
  asio::io_context io{kThreads};  // behind what its sessions use: they end with it
  SimpleAcceptor acceptor{io};
  std::vector<std::thread> threads;

  void run();
  asio::awaitable<void> accept_all();
  asio::awaitable<void> serve(SimpleStream stream);
  asio::awaitable<bool> serve_one(SimpleStream& stream, beast::flat_buffer& buffer);
  asio::awaitable<bool> refuse(SimpleStream& stream, error_code failed, bool idle);
  asio::awaitable<bool> write(SimpleStream& stream, const SimpleRequest& request, SimpleResponse response,
                              int version_minor, bool keep_alive);
  asio::awaitable<bool> write_stream(SimpleStream& stream, const std::vector<Chunk>& chunks, bool chunked);
  asio::awaitable<bool> send(SimpleStream& stream, std::string_view bytes);
  asio::awaitable<void> close(SimpleStream& stream);
  Status guard(const SimpleRequest& request, int version_minor) const;
  SimpleResponse answer(const SimpleRequest& request, int version_minor) const;
};

void SimpleServer::State::run() {
  asio::co_spawn(asio::make_strand(io), accept_all(), asio::detached);
  for (int i = 0; i < kThreads; ++i) threads.emplace_back([this] { io.run(); });
}

asio::awaitable<void> SimpleServer::State::accept_all() {
  constexpr std::chrono::milliseconds kRest{50};
  while (!stopping) {
    auto [failed, socket] = co_await acceptor.async_accept(asio::make_strand(io), kAwaitAny);
    if (failed && stopping) co_return;
    if (failed || connections >= options.connections_max) {  // out of descriptors, or full: let some end
      asio::steady_timer rest(io, kRest);
      co_await rest.async_wait(kAwaitAny);
      continue;
    }
    error_code unused;
    socket.set_option(asio::ip::tcp::no_delay(true), unused);  // fails on a Unix socket, which needs none
    ++connections;
    const auto strand = socket.get_executor();
    asio::co_spawn(strand, serve(SimpleStream(Protocol::socket(std::move(socket)))), [this](std::exception_ptr thrown) {
      --connections;
      if (thrown) log::error("simple_server.session_failed");
    });
  }
}

asio::awaitable<void> SimpleServer::State::serve(SimpleStream stream) {
  beast::flat_buffer buffer;
  while (!stopping && co_await serve_one(stream, buffer)) {
  }
  co_await close(stream);
}

/// One request and its answer; whether another may follow.
asio::awaitable<bool> SimpleServer::State::serve_one(SimpleStream& stream, beast::flat_buffer& buffer) {
  Parser parser;
  parser.header_limit(static_cast<std::uint32_t>(http::limits::kHeadBytes));
  parser.body_limit(options.body_bytes_max);
  const bool idle = buffer.size() == 0;
  stream.expires_after(idle ? options.idle : std::chrono::milliseconds(http::limits::kHeadDeadline));
  auto [head_failed, head_bytes] = co_await beast::http::async_read_header(stream, buffer, parser, kAwaitAny);
  if (head_failed) co_return co_await refuse(stream, head_failed, !parser.got_some());
  stream.expires_after(kBodyDeadline);
  if (beast::iequals(parser.get()[beast::http::field::expect], "100-continue")) {
    const bool sent = co_await send(stream, "HTTP/1.1 100 Continue\r\n\r\n");
    if (!sent) co_return false;
  }
  auto [body_failed, body_bytes] = co_await beast::http::async_read(stream, buffer, parser, kAwaitAny);
  if (body_failed) co_return co_await refuse(stream, body_failed, false);

  const Busy busy_now(busy);
  const bool keep_alive = parser.get().keep_alive() && !stopping;
  const int version_minor = parser.get().version() == 10 ? 0 : 1;
  const SimpleRequest request = to_request(parser.release());
  SimpleResponse response = answer(request, version_minor);
  co_return co_await write(stream, request, std::move(response), version_minor, keep_alive);
}

asio::awaitable<bool> SimpleServer::State::refuse(SimpleStream& stream, error_code failed, bool idle) {
  const bool gone = failed == beast::http::error::end_of_stream || failed == beast::http::error::partial_message ||
                    failed == asio::error::connection_reset || failed == asio::error::operation_aborted;
  if (gone || idle) co_return false;
  stream.expires_after(kWriteDeadline);
  const SimpleRequest nobody;
  SimpleResponse response = failure(read_error(failed));
  co_return co_await write(stream, nobody, std::move(response), 1, false);
}

Status SimpleServer::State::guard(const SimpleRequest& request, int version_minor) const {
  if (!guarded) return {};
  http::RequestHead head;
  head.method = http::method_named(request.method);
  head.target = request.target;
  head.version_minor = version_minor;
  head.headers = request.headers;
  AIGW_TRY_ASSIGN(const http::Target target, http::parse_target(head));
  AIGW_TRY(http::check_host(target.authority, options.hosts));
  return http::check_origin(head, target.authority);
}

SimpleResponse SimpleServer::State::answer(const SimpleRequest& request, int version_minor) const {
  if (const Status guarded_now = guard(request, version_minor); !guarded_now) return failure(guarded_now.error());
  try {
    return handler(request);
  } catch (const std::exception&) {  // its text may hold a part of the request
    log::error("simple_server.handler_threw", {{"method", request.method}});
  }
  return failure(make_error(ErrorKind::internal, "the handler failed"));
}

asio::awaitable<bool> SimpleServer::State::write(SimpleStream& stream, const SimpleRequest& request,
                                                 SimpleResponse response, int version_minor, bool keep_alive) {
  const bool wants_body = request.method != "HEAD" && has_body(response.status);
  if (!response.stream) {
    const std::string length =
        has_body(response.status) ? "content-length: " + std::to_string(response.body.size()) + "\r\n" : "";
    std::string bytes = head_text(response, length, keep_alive);
    if (wants_body) bytes += response.body;
    const bool sent = co_await send(stream, bytes);
    co_return sent&& keep_alive;
  }
  const bool chunked = version_minor >= 1;  // an HTTP/1.0 client reads until the end of the connection
  keep_alive = keep_alive && chunked;
  const std::string head = head_text(response, chunked ? "transfer-encoding: chunked\r\n" : "", keep_alive);
  if (!co_await send(stream, head)) co_return false;
  if (!wants_body) co_return keep_alive;
  const bool whole = co_await write_stream(stream, *response.stream, chunked);
  co_return whole&& keep_alive;
}

asio::awaitable<bool> SimpleServer::State::write_stream(SimpleStream& stream, const std::vector<Chunk>& chunks,
                                                        bool chunked) {
  asio::steady_timer timer(stream.get_executor());
  for (const Chunk& chunk : chunks) {
    if (stopping) co_return false;
    if (chunk.delay_before.count() > 0) {
      timer.expires_after(chunk.delay_before);
      co_await timer.async_wait(kAwaitAny);
    }
    if (chunk.bytes.empty()) continue;  // an empty chunk would end the body
    const std::string bytes = chunked ? chunk_text(chunk.bytes) : chunk.bytes;
    if (!co_await send(stream, bytes)) co_return false;
  }
  if (!chunked) co_return true;
  co_return co_await send(stream, "0\r\n\r\n");
}

asio::awaitable<bool> SimpleServer::State::send(SimpleStream& stream, std::string_view bytes) {
  stream.expires_after(kWriteDeadline);
  auto [failed, sent] = co_await asio::async_write(stream, asio::buffer(bytes), kAwaitAny);
  co_return !failed;
}

/// Reads what the client still sends for a moment: a reset would take the answer from it.
asio::awaitable<void> SimpleServer::State::close(SimpleStream& stream) {
  error_code failed;
  stream.socket().shutdown(Protocol::socket::shutdown_send, failed);
  stream.expires_after(kDrain);
  char waste[4096];
  while (!failed && !stopping) {
    auto [read_failed, bytes] = co_await stream.async_read_some(asio::buffer(waste), kAwaitAny);
    failed = read_failed;
  }
}

SimpleServer::SimpleServer(std::unique_ptr<State> state) : state_(std::move(state)) {}
SimpleServer::~SimpleServer() { stop(); }
std::uint16_t SimpleServer::port() const { return state_->port; }

void SimpleServer::stop() {
  if (state_->stopping.exchange(true)) return;
  asio::post(state_->io, [this] {
    error_code ignored;
    state_->acceptor.close(ignored);
  });
  state_->busy.wait_idle(kDrain);
  state_->io.stop();
  for (std::thread& thread : state_->threads) thread.join();
  std::error_code ignored;
  if (!state_->socket_file.empty()) std::filesystem::remove(state_->socket_file, ignored);
}

namespace {

Error cannot_listen(const std::string& where, const error_code& failed) {
  return make_error(ErrorKind::config, "cannot listen on " + where + ": " + failed.message(),
                    "Choose another address, or end the program that uses it");
}

/// Opens, binds, lets `prepare` act on the bound socket, listens.
template <class Prepare>
error_code open_acceptor(SimpleAcceptor& acceptor, const Protocol::endpoint& endpoint, Prepare&& prepare) {
  error_code failed;
  acceptor.open(endpoint.protocol(), failed);
  if (!failed) acceptor.set_option(asio::socket_base::reuse_address(true), failed);
  if (!failed) acceptor.bind(endpoint, failed);
  if (!failed) failed = prepare();
  if (!failed) acceptor.listen(asio::socket_base::max_listen_connections, failed);
  return failed;
}

/// Whether somebody accepts connections on a socket's file.
bool answers(const std::filesystem::path& path) {
  asio::io_context io;
  asio::local::stream_protocol::socket socket(io);
  error_code failed;
  socket.connect(asio::local::stream_protocol::endpoint(path.string()), failed);
  return !failed;
}

Status clear_stale(const std::filesystem::path& path) {
  std::error_code failed;
  const auto status = std::filesystem::symlink_status(path, failed);
  if (!std::filesystem::exists(status)) return {};
  if (status.type() != std::filesystem::file_type::socket)
    return make_error(ErrorKind::conflict, path.string() + " exists and is no socket", "Move it away");
  if (answers(path))
    return make_error(ErrorKind::conflict, "another process answers on " + path.string(), "Stop it first");
  std::filesystem::remove(path, failed);
  return {};
}

std::uint16_t bound_port(SimpleAcceptor& acceptor) {
  error_code ignored;
  const Protocol::endpoint local = acceptor.local_endpoint(ignored);
  asio::ip::tcp::endpoint tcp;
  tcp.resize(local.size());
  std::memcpy(tcp.data(), local.data(), local.size());
  return tcp.port();
}

}  // namespace

Result<std::unique_ptr<SimpleServer>> SimpleServer::listen_tcp(const std::string& address, std::uint16_t port,
                                                               SimpleHandler handler, SimpleServerOptions options) {
  error_code failed;
  const auto ip = asio::ip::make_address(address, failed);
  if (failed) return cannot_listen(address, failed);
  auto state = std::make_unique<State>(std::move(handler), std::move(options), /*guarded=*/true);
  const asio::ip::tcp::endpoint endpoint(ip, port);
  failed = open_acceptor(state->acceptor, endpoint, [] { return error_code(); });
  if (failed) return cannot_listen(address + " port " + std::to_string(port), failed);
  state->port = bound_port(state->acceptor);
  state->run();
  return std::unique_ptr<SimpleServer>(new SimpleServer(std::move(state)));
}

Result<std::unique_ptr<SimpleServer>> SimpleServer::listen_unix(const std::filesystem::path& path,
                                                                SimpleHandler handler, SimpleServerOptions options) {
  constexpr std::size_t kPathBytesMax = sizeof(sockaddr_un::sun_path) - 1;
  if (path.string().size() > kPathBytesMax)
    return make_error(ErrorKind::config,
                      "the socket's path is longer than " + std::to_string(kPathBytesMax) + " bytes: " + path.string(),
                      "Choose a shorter folder");
  AIGW_TRY(clear_stale(path));
  auto state = std::make_unique<State>(std::move(handler), std::move(options), /*guarded=*/false);
  const asio::local::stream_protocol::endpoint endpoint(path.string());
  // Nobody can connect before listen(), so the mode is in force for every connection.
  const error_code failed = open_acceptor(state->acceptor, endpoint, [&path] {
    return ::chmod(path.c_str(), S_IRUSR | S_IWUSR) == 0 ? error_code()
                                                         : error_code(errno, boost::system::system_category());
  });
  if (failed) return cannot_listen(path.string(), failed);
  state->socket_file = path;
  state->run();
  return std::unique_ptr<SimpleServer>(new SimpleServer(std::move(state)));
}

}  // namespace aigw::net
