// One client connection: reads requests, drives their exchanges, writes answers.

#include "base/log.hpp"
#include "gateway/exchange.hpp"
#include "http/chunked.hpp"
#include "http/strict.hpp"
#include "net/flood.hpp"
#include "net/loop.hpp"
#include "net/request_log.hpp"
#include "net/send_now.hpp"

#include <boost/asio/write.hpp>

#include <sys/socket.h>

#include <array>

namespace aigw::net {
namespace {

using gateway::Event;
using gateway::Exchange;
using gateway::Step;
using std::chrono::milliseconds;

constexpr std::size_t kReadBytes = 16 * 1024;
constexpr milliseconds kIdleBeforeRelease{1'000};  // then the read buffer goes back
constexpr milliseconds kHalfClosedGrace{
    500};  // a client that shut its sending side may still read: it is gone after this
constexpr std::size_t kBodyRoomBytes = 1U << 20U;  // memory follows bytes that came, not lengths that were claimed

class Session final : public Watched {
 public:
  Session(Loop& loop, Socket socket)
      : loop_(loop), socket_(std::move(socket)), gateway_(loop.gateway), connector_(loop.io.get_executor()) {
    loop_.shared.connections.fetch_add(1, std::memory_order_relaxed);
    loop_.watch(*this);
  }
  ~Session() override {
    loop_.unwatch(*this);
    loop_.shared.connections.fetch_sub(1, std::memory_order_relaxed);
  }

  Awaitable<void> run() {
    error_code ignored;
    socket_.set_option(tcp::no_delay(true), ignored);
    socket_.non_blocking(true, ignored);
    if (loop_.shared.connections.load(std::memory_order_relaxed) > settings().connections_max) {
      co_await write(
          "HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
      co_await linger();
      co_return;
    }
    for (bool open = true; open; exchange_.reset()) {
      if (input_.empty() && !co_await wait_for_request()) co_return;
      const Head read = begin_head() ? Head::read : co_await read_head();
      if (read == Head::gone) co_return;
      if (read == Head::refused || !read_framing()) {
        co_await refuse_unparsed(error_);
        co_return;
      }
      open = co_await serve_request();
    }
  }

 private:
  enum class Wait : std::uint8_t { nothing, idle, idle_released, client, client_write, connecting, upstream, pause };

  void on_tick(Instant now) override {
    if (wait_ == Wait::nothing || cut_ != Cut::none) return;
    if (now >= deadline_) return cut(Cut::deadline);
    if (now >= wake_at_) return cut(Cut::elapsed);
    if ((wait_ == Wait::upstream || wait_ == Wait::connecting || wait_ == Wait::pause) && client_left(now))
      cut(Cut::client_gone);
  }

  void on_stop() override {
    if (wait_ == Wait::idle || wait_ == Wait::idle_released) cut(Cut::stopping);
  }

  void on_cut() override { cut(Cut::stopping); }

  void cut(Cut why) {
    cut_ = why;
    error_code ignored;
    switch (wait_) {
      case Wait::nothing:
        break;
      case Wait::idle:
      case Wait::idle_released:
      case Wait::client:
      case Wait::client_write:
        socket_.cancel(ignored);
        break;
      case Wait::connecting:
        connector_.cancel();
        break;
      case Wait::upstream:
        if (upstream_) upstream_->cancel();
        break;
      case Wait::pause:
        pausing_->cancel();
        break;
    }
  }

  const gateway::Settings& settings() const { return gateway_->settings; }

  bool draining() const { return loop_.shared.draining.load(std::memory_order_relaxed); }

  bool client_left(Instant now) {
    char byte;
    const ssize_t seen = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (seen > 0) return false;
    if (seen < 0) return errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR;
    if (half_closed_at_ == Instant{}) half_closed_at_ = now;
    return now - half_closed_at_ >= kHalfClosedGrace;
  }

  void begin_wait(Wait what, Instant deadline, Instant wake_at = Instant::max()) {
    wait_ = what;
    deadline_ = deadline;
    wake_at_ = wake_at;
    cut_ = Cut::none;
  }
  void end_wait() {
    wait_ = Wait::nothing;
    now_ = steady_now();
  }

  // --- the client's side

  /// More bytes from the client, with room for at least so many. False: none will come; cut_ says whether it was us.
  Awaitable<bool> read_client(Wait what, Instant deadline, std::size_t room = kReadBytes / 2) {
    const auto [data, size] = input_.prepare(room);
    begin_wait(what, deadline);
    const auto [error, bytes] = co_await socket_.async_read_some(asio::buffer(data, size), kAwait);
    end_wait();
    input_.commit(bytes);
    co_return !error;
  }

  /// Waits for the first byte of the next request, without a buffer once the connection has idled a while.
  Awaitable<bool> wait_for_request() {
    const Instant deadline = now_ + settings().keep_alive;
    if (draining()) co_return false;
    const auto [data, size] = input_.prepare(kReadBytes / 2);
    begin_wait(Wait::idle, deadline, now_ + kIdleBeforeRelease);
    const auto [failed, bytes] = co_await socket_.async_read_some(asio::buffer(data, size), kAwait);
    end_wait();
    input_.commit(bytes);
    if (!failed) co_return true;
    while (cut_ == Cut::elapsed) {
      input_.release();
      gateway_.reset();  // an idle connection keeps no old keys in memory
      std::string().swap(body_);
      head_ = http::RequestHead{};
      begin_wait(Wait::idle_released, deadline);
      const auto [error] = co_await socket_.async_wait(Socket::wait_read, kAwait);
      end_wait();
      if (error) co_return false;
      if (co_await read_client(Wait::idle, deadline)) co_return true;
    }
    co_return false;
  }

  using Pieces = std::array<std::string_view, kPiecesMax>;

  Awaitable<bool> write(std::string_view text) {
    const Pieces pieces = {text};
    std::size_t done = 0;
    if (const auto written = write_now(pieces, 1, done)) co_return *written;
    co_return co_await write_rest(pieces, 1, done);
  }

  /// Writes all of `pieces` in one system call when the socket takes them: true. False: the client is gone. None: it
  /// took `done` bytes, the rest has to wait.
  std::optional<bool> write_now(const Pieces& pieces, std::size_t count, std::size_t& done) {
    std::size_t size = 0;
    for (std::size_t i = 0; i < count; ++i) size += pieces[i].size();
    error_code error;
    done = send_now(socket_, std::span(pieces).first(count), error);
    if (done == size) return true;
    if (error) return false;
    return std::nullopt;
  }

  /// A slow client: its socket is full. While we wait here nothing more is read from the provider.
  Awaitable<bool> write_rest(const Pieces& pieces, std::size_t count, std::size_t done) {
    for (std::size_t i = 0; i < count; ++i) {
      if (done >= pieces[i].size()) {
        done -= pieces[i].size();
        continue;
      }
      std::string_view rest = pieces[i].substr(done);
      done = 0;
      while (!rest.empty()) {
        begin_wait(Wait::client_write, now_ + settings().client_write);
        const auto [error, bytes] = co_await socket_.async_write_some(asio::buffer(rest), kAwait);
        end_wait();
        if (error) co_return false;
        rest.remove_prefix(bytes);
      }
    }
    co_return true;
  }

  /// Lets the client read our last words: an immediate close would reset the connection while its bytes are on the way.
  Awaitable<void> linger() {
    error_code ignored;
    socket_.shutdown(Socket::shutdown_send, ignored);
    const Instant deadline = now_ + http::limits::kLingeringClose;
    while (now_ < deadline) {
      input_.consume(input_.size());
      if (!co_await read_client(Wait::client, deadline)) break;
    }
  }

  /// Answers what could not be parsed, then closes.
  Awaitable<void> refuse_unparsed(const Error& error) {
    loop_.metrics.errors[static_cast<std::size_t>(error.kind)].add();
    const auto& codecs = *gateway_->codecs;
    const gateway::ClientTerms terms{.version_minor = 1, .keep_alive = false, .head_only = false};
    const auto codec = codecs[gateway::dialect_for(codecs, head_.target, head_.headers)];
    const std::string answer = gateway::error_answer(*codec, error, {}, terms);
    co_await write(answer);
    co_await linger();
  }

  enum class Head : std::uint8_t { read, refused, gone, incomplete };

  /// Looks for a whole head in what is there. Refused: error_ says why.
  Head take_head() {
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

  /// The first bytes of a request are there; true when they hold its whole head, as they mostly do.
  bool begin_head() {
    if (gateway_ != loop_.gateway) gateway_ = loop_.gateway;
    half_closed_at_ = {};
    received_at_ = now_;
    head_.clear();
    head_searched_ = 0;
    if (input_.view().starts_with("\r\n")) input_.consume(2);  // RFC 9112 2.2: one empty line may come before a request
    head_state_ = take_head();
    return head_state_ == Head::read;
  }

  /// Reads the rest of a head that `begin_head` did not find whole.
  Awaitable<Head> read_head() {
    const Instant deadline = received_at_ + settings().client_head;
    for (; head_state_ == Head::incomplete; head_state_ = take_head()) {
      if (co_await read_client(Wait::client, deadline)) continue;
      if (cut_ != Cut::deadline && input_.empty()) co_return Head::gone;
      error_ = cut_ == Cut::deadline ? make_error(ErrorKind::request_timeout, "the request head did not come in time")
                                     : make_error(ErrorKind::bad_http, "the request ended within its head");
      co_return Head::refused;
    }
    co_return head_state_;
  }

  /// Reads the body as its framing says. Kept, one of known length stays in input_ and a chunked one goes to body_;
  /// otherwise it is dropped as it comes, under the same limits. False: error_ says why it is not whole.
  Awaitable<bool> read_body(bool keep) {
    if (framing_.expects_continue && input_.empty() && keep && !co_await write("HTTP/1.1 100 Continue\r\n\r\n")) {
      error_ = make_error(ErrorKind::client_gone, "the client left before its body was complete");
      co_return false;
    }
    http::ChunkDecoder chunks(settings().body_bytes_max);
    const bool chunked = framing_.kind == http::Framing::Kind::chunked;
    const bool stays = keep && !chunked;
    const Instant began = now_;
    std::uint64_t received = 0;
    for (;;) {
      std::size_t room = kReadBytes / 2;
      if (chunked) {
        auto taken = chunks.feed(input_.view(), body_);
        if (!taken) {
          error_ = std::move(taken).error();
          co_return false;
        }
        input_.consume(*taken);
        received += *taken;
        if (!keep) body_.clear();
        if (chunks.done()) co_return true;
      } else if (stays) {
        received = input_.size();
        if (received >= framing_.length) co_return true;
        room = static_cast<std::size_t>(std::min<std::uint64_t>(framing_.length - received, kBodyRoomBytes));
      } else {
        const std::uint64_t take = std::min<std::uint64_t>(framing_.length - received, input_.size());
        input_.consume(static_cast<std::size_t>(take));
        received += take;
        if (received == framing_.length) co_return true;
      }
      // A body may pause, but not trickle for ever: its deadline grows with the bytes that came.
      const auto earned =
          milliseconds(static_cast<std::int64_t>(received * 1000 / http::limits::kBodyBytesPerSecondMin));
      const Instant deadline = std::min(now_ + settings().client_body, began + settings().client_body + earned);
      if (co_await read_client(Wait::client, deadline, room)) continue;
      error_ = cut_ == Cut::deadline ? make_error(ErrorKind::request_timeout, "the request's body did not come in time")
                                     : make_error(ErrorKind::bad_http, "the request ended within its body");
      co_return false;
    }
  }

  /// Small bodies came with their head: no coroutine, no wait.
  bool body_is_here() const {
    if (framing_.kind == http::Framing::Kind::none) return true;
    return framing_.kind == http::Framing::Kind::length && framing_.length <= input_.size();
  }

  /// How the body of the request in head_ is framed, into framing_. False: error_ says what is wrong.
  bool read_framing() {
    auto framing = http::request_framing(head_, settings().body_bytes_max);
    if (!framing) {
      error_ = std::move(framing).error();
      return false;
    }
    framing_ = *framing;
    return true;
  }

  Exchange& begin_exchange() {
    const bool keep_alive = http::keeps_alive(head_.version_minor, head_.headers) && !draining();
    const gateway::ClientTerms terms{.version_minor = head_.version_minor,
                                     .keep_alive = keep_alive,
                                     .head_only = head_.method == http::Method::head};
    return exchange_.emplace(*gateway_, loop_.ids.next(wall_now()), head_, terms, received_at_, &last_caller_);
  }

  void end_exchange() {
    const Exchange::Ending ending = exchange_->ending();
    if (ending.row) loop_.metrics.count(*ending.row);
    if (ending.error) loop_.metrics.errors[static_cast<std::size_t>(*ending.error)].add();
    if (gateway_->settings.log_requests) log_request(head_, socket_, exchange_->id_text(), ending);
  }

  gateway::ServerState state() const {
    if (draining()) return gateway::ServerState::draining;
    return loop_.shared.loops_refused > 0 ? gateway::ServerState::ledger_full : gateway::ServerState::ready;
  }

  /// The request in head_, from its body to its answer. False: the connection is over.
  Awaitable<bool> serve_request() {
    Exchange& exchange = begin_exchange();
    const Running running(loop_.metrics);
    body_.clear();
    const bool wanted = exchange.wants_body();
    const bool here = body_is_here();
    const bool has_body = here || co_await read_body(wanted);
    if (!has_body && error_.kind == ErrorKind::client_gone) co_return false;
    const bool in_input = has_body && (here || (wanted && framing_.kind == http::Framing::Kind::length));
    const std::size_t body_bytes = in_input ? static_cast<std::size_t>(framing_.length) : 0;
    const std::string_view body = in_input ? input_.view().substr(0, body_bytes) : std::string_view(body_);
    const Step* step = has_body ? &exchange.start(body, state()) : &exchange.start_refused(error_);
    while (step->kind != Step::Kind::finish) {
      event_ = {};
      if (!perform_now(*step)) co_await perform(*step);
      event_.now = now_;
      step = &exchange.next(event_);
    }
    end_exchange();
    input_.consume(body_bytes);
    release_upstream();
    if (body_.capacity() > kBodyRoomBytes) std::string().swap(body_);
    if (input_.capacity() > kBodyRoomBytes) input_.release();
    if (step->keep_alive) co_return true;
    co_await linger();
    co_return false;
  }

  // --- steps: each leaves what happened in event_

  /// What can be done without waiting, which is most: no coroutine, no suspension. False: it has to wait.
  bool perform_now(const Step& step) {
    switch (step.kind) {
      case Step::Kind::call:
      case Step::Kind::pause:
        return false;
      case Step::Kind::read: {
        auto body = upstream_->body_now();
        if (body) take_body(std::move(*body));
        return body.has_value();
      }
      case Step::Kind::send: {
        const auto written = write_now(step.pieces, step.piece_count, write_done_);
        if (written) event_.kind = *written ? Event::Kind::sent : Event::Kind::client_gone;
        return written.has_value();
      }
      case Step::Kind::record_open: {
        Status recorded = loop_.writer.reserve();
        if (recorded) {
          recorded = loop_.writer.append(*step.open);
          if (!recorded) loop_.writer.release();
        }
        reserved_ = recorded.ok();
        finish_record(std::move(recorded));
        return true;
      }
      case Step::Kind::await_open:
        event_.kind = Event::Kind::recorded;
        return records_are_safe();
      case Step::Kind::record_settled: {
        Status recorded = reserved_ ? Status{} : loop_.writer.reserve();
        if (recorded) recorded = loop_.writer.settle(*step.settled);
        reserved_ = false;
        finish_record(std::move(recorded));
        return event_.error || records_are_safe();
      }
      case Step::Kind::abort_upstream:
        if (upstream_) upstream_->close();
        upstream_.reset();
        return true;
      case Step::Kind::finish:
        return true;
    }
    return true;
  }

  Awaitable<void> perform(const Step& step) {
    switch (step.kind) {
      case Step::Kind::call:
        return call(step.call);
      case Step::Kind::read:
        return read_upstream(step);
      case Step::Kind::pause:
        return pause(step.wake_at);
      case Step::Kind::send:
        return send_rest(step);
      default:
        return sync_records();
    }
  }

  Awaitable<void> pause(Instant until) {
    Loop::Timer timer(loop_.io.get_executor(), until);
    pausing_ = &timer;
    begin_wait(Wait::pause, Instant::max());
    co_await timer.async_wait(kAwait);
    end_wait();
    pausing_ = nullptr;
    event_.kind = Event::Kind::elapsed;
    if (cut_ != Cut::none) take_cut({});
  }

  Awaitable<void> send_rest(const Step& step) {
    const bool sent = co_await write_rest(step.pieces, step.piece_count, write_done_);
    event_.kind = sent ? Event::Kind::sent : Event::Kind::client_gone;
  }

  void finish_record(Status recorded) {
    event_.kind = recorded ? Event::Kind::recorded : Event::Kind::failed;
    if (recorded) {
      if (const ledger::GroupSync* sync = loop_.writer.group_sync()) record_mark_ = sync->last_mark();
      return;
    }
    event_.error = std::move(recorded).error();
    loop_.on_ledger_error(*event_.error);
  }

  /// The request's records survive what the ledger promises.
  bool records_are_safe() const {
    const ledger::GroupSync* sync = loop_.writer.group_sync();
    return !sync || sync->synced_mark() >= record_mark_;
  }

  Awaitable<void> sync_records() {
    Status synced = co_await loop_.synced(record_mark_);
    now_ = steady_now();
    event_.kind = Event::Kind::recorded;
    if (synced) co_return;
    fail(std::move(synced).error());
    loop_.on_ledger_error(*event_.error);
  }

  void fail(Error error) {
    event_.kind = Event::Kind::failed;
    event_.error = std::move(error);
  }

  /// What our own cut of a wait means to the exchange.
  void take_cut(std::string_view late) {
    switch (cut_) {
      case Cut::client_gone:
        event_.kind = Event::Kind::client_gone;
        return;
      case Cut::elapsed:
        event_.kind = Event::Kind::elapsed;
        return;
      case Cut::stopping:
        return fail(make_error(ErrorKind::overloaded, "the gateway is shutting down", "Try again"));
      default:
        return fail(
            make_error(ErrorKind::upstream_timeout, std::string(late), "Try again, or raise [timeouts] in aigw.toml"));
    }
  }

  /// A fresh connection into upstream_. False: event_ says why there is none.
  Awaitable<bool> connect(const gateway::UpstreamCall& wanted) {
    begin_wait(Wait::connecting, now_ + settings().connect);
    auto opened = co_await connector_.open(*wanted.url, wanted.reach, origin_, loop_.tls, loop_.options.ca_file);
    end_wait();
    upstream_ = std::move(opened.connection);
    (opened.error ? loop_.metrics.failed_connects : loop_.metrics.connects).add();
    if (!opened.error) co_return true;
    if (cut_ == Cut::client_gone)
      take_cut({});
    else
      fail(std::move(*opened.error));
    co_return false;
  }

  Awaitable<void> call(const gateway::UpstreamCall& wanted) {
    release_upstream();
    write_origin(origin_, *wanted.url, wanted.reach);
    if (wanted.connection == gateway::UpstreamCall::Connection::any) upstream_ = loop_.pool.take(origin_);
    if (!upstream_ && !co_await connect(wanted)) co_return;
    flood_ = Flood(now_);
    upstream_->start_call();
    upstream_->expect_answer(wanted.answer_has_no_body);
    begin_wait(Wait::upstream, now_ + settings().first_byte);
    error_code write_error;
    const std::size_t size = wanted.head.size() + wanted.body.size();
    const std::size_t done = upstream_->write_now(wanted.head, wanted.body, write_error);
    if (done < size && !write_error) write_error = co_await upstream_->write_rest(wanted.head, wanted.body, done);
    // A provider may answer before it has read everything, and close: then its answer counts, not our failed write.
    for (bool there = false; cut_ == Cut::none && !there && !event_.error;) {
      const asio::mutable_buffer room = upstream_->room();
      std::tuple<error_code, std::size_t> read;
      if (Socket* plain = upstream_->plain())
        read = co_await plain->async_read_some(room, kAwait);
      else
        read = co_await upstream_->read_tls(room);
      upstream_->came(std::get<1>(read));
      there = upstream_->take_head(std::get<0>(read), event_.error);
    }
    end_wait();
    event_.reused = upstream_->reused();
    if (event_.reused) loop_.metrics.reuses.add();
    if (cut_ != Cut::none || event_.error) {
      event_.kind = Event::Kind::failed;
      if (cut_ != Cut::none) take_cut("the provider did not begin its answer in time");
      upstream_->close();
      upstream_.reset();
      co_return;
    }
    write_failed_ = static_cast<bool>(write_error);
    event_.kind = Event::Kind::head;
    event_.head = &upstream_->head();
  }

  Awaitable<void> read_upstream(const Step& step) {
    if (flood_.wants_to_gather()) {
      co_await pause(now_ + Flood::kGather);
      if (cut_ != Cut::none) co_return;
    }
    begin_wait(Wait::upstream, std::min(now_ + settings().idle, step.fail_at), step.wake_at);
    std::optional<UpstreamConnection::Body> body;
    while (!body) {
      const asio::mutable_buffer room = upstream_->room();
      std::tuple<error_code, std::size_t> read;
      if (Socket* plain = upstream_->plain())
        read = co_await plain->async_read_some(room, kAwait);
      else
        read = co_await upstream_->read_tls(room);
      upstream_->came(std::get<1>(read));
      flood_.count(std::get<1>(read), room.size(), steady_now());
      body = upstream_->body_after(std::get<0>(read));
    }
    end_wait();
    if (!body->cancelled) {
      take_body(*std::move(body));
      co_return;
    }
    take_cut("the provider fell silent within its answer");
    if (cut_ != Cut::elapsed) upstream_->close();
  }

  void take_body(UpstreamConnection::Body body) {
    if (body.error) return fail(std::move(*body.error));
    event_.kind = Event::Kind::bytes;
    event_.bytes = body.bytes;
    event_.end = body.end;
  }

  void release_upstream() {
    if (!upstream_) return;
    if (upstream_->reusable() && !write_failed_) loop_.pool.give(std::move(upstream_), now_);
    upstream_.reset();
  }

  Loop& loop_;
  Socket socket_;
  gateway::GatewayPtr gateway_;  ///< what the running request is decided by; outlives exchange_
  Buffer input_;
  http::RequestHead head_;
  Head head_state_ = Head::incomplete;
  std::size_t head_searched_ = 0;  ///< its end is not before here
  http::Framing framing_;
  Error error_;  ///< why the request was not read
  std::string body_;
  policy::LastCaller last_caller_;
  std::optional<Exchange> exchange_;  ///< here and not in a coroutine's frame: those are small and recycled
  Instant now_ = steady_now();        ///< when the last wait ended: what follows takes microseconds
  Instant received_at_{};
  Connector connector_;
  UpstreamPtr upstream_;
  std::string origin_;  ///< of the running call
  Flood flood_{now_};
  Event event_;
  bool write_failed_ = false;
  std::size_t write_done_ = 0;     ///< of the pieces that are being sent
  bool reserved_ = false;          ///< space in the ledger for the row of the running request
  std::uint64_t record_mark_ = 0;  ///< durability "full": of the running request's last record

  Loop::Timer* pausing_ = nullptr;
  Wait wait_ = Wait::nothing;
  Instant deadline_{};
  Instant wake_at_{};
  Cut cut_ = Cut::none;
  Instant half_closed_at_{};
};

}  // namespace

Awaitable<void> serve_connection(Loop& loop, Socket socket) {
  Session session(loop, std::move(socket));
  co_await session.run();
}

}  // namespace aigw::net
