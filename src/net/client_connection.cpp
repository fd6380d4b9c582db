#include "net/client_connection.hpp"

#include "http/chunked.hpp"
#include "http/strict.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace aigw::net {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kReadBytes = 16 * 1024;
constexpr std::size_t kRoomBytes = kReadBytes / 2;
constexpr milliseconds kIdleBeforeRelease{1'000};  // then the read buffer goes back
constexpr milliseconds kHalfClosedGrace{500};      // a client that shut its sending side may still read
constexpr std::size_t kBodyRoomBytes = 1U << 20U;  // memory follows bytes that came, not lengths that were claimed

}  // namespace

ClientConnection::ClientConnection(Loop& loop, Socket socket, Wait& wait)
    : loop_(loop), socket_(std::move(socket)), wait_(wait), gateway_(loop.gateway) {
  error_code ignored;
  socket_.set_option(tcp::no_delay(true), ignored);
  socket_.non_blocking(true, ignored);
}

void ClientConnection::cancel() {
  error_code ignored;
  socket_.cancel(ignored);
}

bool ClientConnection::has_left(Instant now) {
  char byte;
  const ssize_t seen = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  if (seen > 0) return false;
  if (seen < 0) return errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR;
  if (half_closed_at_ == Instant{}) half_closed_at_ = now;
  return now - half_closed_at_ >= kHalfClosedGrace;
}

bool ClientConnection::fail(Error error) {
  error_ = std::move(error);
  return false;
}

// --- requests

Awaitable<bool> ClientConnection::read(WaitFor what, Instant deadline, std::size_t room) {
  const auto [data, size] = input_.prepare(room);
  wait_.begin(what, deadline);
  const auto [error, bytes] = co_await socket_.async_read_some(asio::buffer(data, size), kAwait);
  wait_.end();
  input_.commit(bytes);
  co_return !error;
}

/// Without a buffer once the connection has idled a while.
Awaitable<bool> ClientConnection::wait_for_request() {
  const Instant deadline = wait_.now() + settings().keep_alive;
  const auto [data, size] = input_.prepare(kRoomBytes);
  wait_.begin(WaitFor::idle, deadline, wait_.now() + kIdleBeforeRelease);
  const auto [failed, bytes] = co_await socket_.async_read_some(asio::buffer(data, size), kAwait);
  wait_.end();
  input_.commit(bytes);
  if (!failed) co_return true;
  while (wait_.cut() == Cut::elapsed) {
    input_.release();
    gateway_.reset();  // an idle connection keeps no old keys in memory
    std::string().swap(body_);
    head_ = http::RequestHead{};
    wait_.begin(WaitFor::idle_released, deadline);
    const auto [error] = co_await socket_.async_wait(Socket::wait_read, kAwait);
    wait_.end();
    if (error) co_return false;
    if (co_await read(WaitFor::idle, deadline, kRoomBytes)) co_return true;
  }
  co_return false;
}

ClientConnection::Head ClientConnection::take_head() {
  const std::string_view text = input_.view();
  const auto end = text.find("\r\n\r\n", head_searched_);
  const bool whole = end != std::string_view::npos;
  if ((whole ? end + 4 : text.size()) > settings().head_bytes_max) {
    error_ = make_error(ErrorKind::headers_too_large, "the request head is larger than this gateway takes",
                        "Send fewer or shorter headers, or raise [limits] header_bytes");
    return Head::refused;
  }
  const std::string_view raw = text.substr(0, whole ? end + 4 : end);
  auto checked = whole ? http::parse_request_head(raw, head_) : http::check_partial_head(raw);
  if (!checked) {
    error_ = std::move(checked).error();
    return Head::refused;
  }
  head_searched_ = text.size() > 3 ? text.size() - 3 : 0;
  if (whole) input_.consume(raw.size());
  return whole ? Head::read : Head::incomplete;
}

bool ClientConnection::begin_head() {
  if (gateway_ != loop_.gateway) gateway_ = loop_.gateway;
  half_closed_at_ = {};
  received_at_ = wait_.now();
  head_.clear();
  head_searched_ = 0;
  if (input_.view().starts_with("\r\n")) input_.consume(2);  // RFC 9112 2.2: one empty line may come before a request
  head_state_ = take_head();
  return head_state_ == Head::read;
}

Awaitable<ClientConnection::Head> ClientConnection::read_head() {
  const Instant deadline = received_at_ + settings().client_head;
  for (; head_state_ == Head::incomplete; head_state_ = take_head()) {
    if (co_await read(WaitFor::client, deadline, kRoomBytes)) continue;
    const bool late = wait_.cut() == Cut::deadline;
    if (!late && input_.empty()) co_return Head::gone;
    error_ = late ? make_error(ErrorKind::request_timeout, "the request head did not come in time")
                  : make_error(ErrorKind::bad_http, "the request ended within its head");
    co_return Head::refused;
  }
  co_return head_state_;
}

bool ClientConnection::read_framing() {
  auto framing = http::request_framing(head_, settings().body_bytes_max);
  if (!framing) return fail(std::move(framing).error());
  framing_ = *framing;
  body_.clear();
  body_in_input_ = 0;
  return true;
}

bool ClientConnection::take_body() {
  if (framing_.kind == http::Framing::Kind::none) return true;
  if (framing_.kind != http::Framing::Kind::length || framing_.length > input_.size()) return false;
  body_in_input_ = static_cast<std::size_t>(framing_.length);
  return true;
}

/// Kept, a body of known length stays in input_ and a chunked one goes to body_.
Awaitable<bool> ClientConnection::read_body(Body what) {
  const bool kept = what == Body::kept;
  if (framing_.expects_continue && input_.empty() && kept && !co_await write("HTTP/1.1 100 Continue\r\n\r\n"))
    co_return fail(make_error(ErrorKind::client_gone, "the client left before its body was complete"));
  http::ChunkDecoder chunks(settings().body_bytes_max);
  const bool chunked = framing_.kind == http::Framing::Kind::chunked;
  const bool stays = kept && !chunked;
  const Instant began = wait_.now();
  std::uint64_t received = 0;
  for (;;) {
    std::size_t room = kRoomBytes;
    if (chunked) {
      auto taken = chunks.feed(input_.view(), body_);
      if (!taken) co_return fail(std::move(taken).error());
      input_.consume(*taken);
      received += *taken;
      if (!kept) body_.clear();
      if (chunks.done()) co_return true;
    } else if (stays) {
      received = input_.size();
      if (take_body()) co_return true;
      room = static_cast<std::size_t>(std::min<std::uint64_t>(framing_.length - received, kBodyRoomBytes));
    } else {
      const std::uint64_t take = std::min<std::uint64_t>(framing_.length - received, input_.size());
      input_.consume(static_cast<std::size_t>(take));
      received += take;
      if (received == framing_.length) co_return true;
    }
    // A body may pause, but not trickle for ever: its deadline grows with the bytes that came.
    const auto earned = milliseconds(static_cast<std::int64_t>(received * 1000 / http::limits::kBodyBytesPerSecondMin));
    const Instant deadline = std::min(wait_.now() + settings().client_body, began + settings().client_body + earned);
    if (co_await read(WaitFor::client, deadline, room)) continue;
    co_return fail(wait_.cut() == Cut::deadline
                       ? make_error(ErrorKind::request_timeout, "the request's body did not come in time")
                       : make_error(ErrorKind::bad_http, "the request ended within its body"));
  }
}

std::string_view ClientConnection::body() const {
  return body_in_input_ > 0 ? input_.view().substr(0, body_in_input_) : std::string_view(body_);
}

void ClientConnection::end_request() {
  input_.consume(body_in_input_);
  body_in_input_ = 0;
  if (body_.capacity() > kBodyRoomBytes) std::string().swap(body_);
  if (input_.capacity() > kBodyRoomBytes) input_.release();
}

// --- answers

std::optional<bool> ClientConnection::write_now(const Pieces& pieces, std::size_t count, std::size_t& done) {
  std::size_t size = 0;
  for (std::size_t i = 0; i < count; ++i) size += pieces[i].size();
  error_code error;
  done = send_now(socket_, std::span(pieces).first(count), error);
  if (done == size) return true;
  if (error) return false;
  return std::nullopt;
}

Awaitable<bool> ClientConnection::write_rest(const Pieces& pieces, std::size_t count, std::size_t done) {
  for (std::size_t i = 0; i < count; ++i) {
    if (done >= pieces[i].size()) {
      done -= pieces[i].size();
      continue;
    }
    std::string_view rest = pieces[i].substr(done);
    done = 0;
    while (!rest.empty()) {
      wait_.begin(WaitFor::client_write, wait_.now() + settings().client_write);
      const auto [error, bytes] = co_await socket_.async_write_some(asio::buffer(rest), kAwait);
      wait_.end();
      if (error) co_return false;
      rest.remove_prefix(bytes);
    }
  }
  co_return true;
}

Awaitable<bool> ClientConnection::write(std::string_view text) {
  const Pieces pieces = {text};
  std::size_t done = 0;
  if (const auto written = write_now(pieces, 1, done)) co_return *written;
  co_return co_await write_rest(pieces, 1, done);
}

Awaitable<void> ClientConnection::linger() {
  error_code ignored;
  socket_.shutdown(Socket::shutdown_send, ignored);
  const Instant deadline = wait_.now() + http::limits::kLingeringClose;
  while (wait_.now() < deadline) {
    input_.consume(input_.size());
    if (!co_await read(WaitFor::client, deadline, kRoomBytes)) break;
  }
}

}  // namespace aigw::net
