#pragma once
// The client's side of a connection: reads requests, their heads strictly and their bodies within limits, and writes
// answers. One request at a time, one thread.

#include "base/error.hpp"
#include "gateway/gateway.hpp"
#include "http/framing.hpp"
#include "http/message.hpp"
#include "net/buffer.hpp"
#include "net/loop.hpp"
#include "net/send_now.hpp"
#include "net/wait.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace aigw::net {

class ClientConnection {
 public:
  using Pieces = std::array<std::string_view, kPiecesMax>;
  enum class Head : std::uint8_t { read, refused, gone, incomplete };
  enum class Body : std::uint8_t { kept, dropped };

  /// `wait` is where its waits are noted; it outlives this.
  ClientConnection(Loop& loop, Socket socket, Wait& wait);

  // --- a request, in this order

  /// False: none will come.
  Awaitable<bool> wait_for_request();
  bool has_input() const { return !input_.empty(); }
  /// The first bytes of a request are there; true when they hold its whole head, as they mostly do.
  bool begin_head();
  /// Reads the rest of a head that `begin_head` did not find whole. Refused: `error` says why.
  Awaitable<Head> read_head();
  /// How the body is framed. False: `error` says what is wrong.
  bool read_framing();
  /// Small bodies came with their head: no coroutine, no wait. False: `read_body` has to be asked.
  bool take_body();
  /// Reads the body as its framing says; one that is dropped is read under the same limits. False: `error` says why it
  /// is not whole.
  Awaitable<bool> read_body(Body what);
  /// What was kept of it. Valid until `end_request`.
  std::string_view body() const;
  void end_request();

  const http::RequestHead& head() const { return head_; }
  Instant received_at() const { return received_at_; }
  Error& error() { return error_; }
  /// What the request is decided by.
  const gateway::GatewayPtr& gateway() const { return gateway_; }

  // --- its answer

  /// Writes all of `pieces` in one system call when the socket takes them: true. False: the client is gone. None: it
  /// took `done` bytes, the rest has to wait.
  std::optional<bool> write_now(const Pieces& pieces, std::size_t count, std::size_t& done);
  /// A slow client: its socket is full. While we wait here nothing more is read from the provider.
  Awaitable<bool> write_rest(const Pieces& pieces, std::size_t count, std::size_t done);
  Awaitable<bool> write(std::string_view text);
  /// Lets the client read our last words: an immediate close would reset the connection while its bytes are on the way.
  Awaitable<void> linger();

  /// It closed the connection, or it shut its sending side and has not read on for a while.
  bool has_left(Instant now);
  void cancel();
  const Socket& socket() const { return socket_; }

 private:
  const gateway::Settings& settings() const { return gateway_->settings; }
  /// More bytes, with room for at least so many. False: none will come; the wait says whether it was us.
  Awaitable<bool> read(WaitFor what, Instant deadline, std::size_t room);
  /// Looks for a whole head in what is there. Refused: error_ says why.
  Head take_head();
  bool fail(Error error);

  Loop& loop_;
  Socket socket_;
  Wait& wait_;
  gateway::GatewayPtr gateway_;
  Buffer input_;
  http::RequestHead head_;
  Head head_state_ = Head::incomplete;
  std::size_t head_searched_ = 0;  ///< its end is not before here
  Instant received_at_{};
  http::Framing framing_;
  std::size_t body_in_input_ = 0;  ///< bytes of a body that stays at the front of input_
  std::string body_;               ///< any other one that is kept
  Error error_;
  Instant half_closed_at_{};
};

}  // namespace aigw::net
