// One client connection: takes its requests one by one and drives their exchanges, step by step.

#include "gateway/exchange.hpp"
#include "http/strict.hpp"
#include "net/client_connection.hpp"
#include "net/request_log.hpp"
#include "net/upstream_calls.hpp"

namespace aigw::net {
namespace {

using gateway::Event;
using gateway::Exchange;
using gateway::Step;

class Session final : public Watched {
 public:
  Session(Loop& loop, Socket socket)
      : loop_(loop), client_(loop, std::move(socket), wait_), upstream_(loop, wait_, event_) {
    loop_.shared.connections.fetch_add(1, std::memory_order_relaxed);
    loop_.watch(*this);
  }
  ~Session() override {
    loop_.unwatch(*this);
    loop_.shared.connections.fetch_sub(1, std::memory_order_relaxed);
  }

  Awaitable<void> run() {
    if (loop_.shared.connections.load(std::memory_order_relaxed) > settings().connections_max) {
      co_await client_.write(
          "HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
      co_await client_.linger();
      co_return;
    }
    for (bool open = true; open; exchange_.reset()) {
      if (!client_.has_input()) {
        if (draining()) co_return;
        if (!co_await client_.wait_for_request()) co_return;
      }
      using Head = ClientConnection::Head;
      const Head read = client_.begin_head() ? Head::read : co_await client_.read_head();
      if (read == Head::gone) co_return;
      if (read == Head::refused || !client_.read_framing()) {
        co_await refuse_unparsed(client_.error());
        co_return;
      }
      open = co_await serve_request();
    }
  }

 private:
  // --- what the loop tells

  void on_tick(Instant now) override {
    if (!wait_.can_be_cut()) return;
    if (const Cut why = wait_.due(now); why != Cut::none) return cut(why);
    const WaitFor what = wait_.what();
    if ((what == WaitFor::upstream || what == WaitFor::connecting || what == WaitFor::pause) && client_.has_left(now))
      cut(Cut::client_gone);
  }

  void on_stop() override {
    if (wait_.what() == WaitFor::idle || wait_.what() == WaitFor::idle_released) cut(Cut::stopping);
  }

  void on_cut() override { cut(Cut::stopping); }

  void cut(Cut why) {
    wait_.note_cut(why);
    switch (wait_.what()) {
      case WaitFor::nothing:
        return;
      case WaitFor::idle:
      case WaitFor::idle_released:
      case WaitFor::client:
      case WaitFor::client_write:
        return client_.cancel();
      case WaitFor::connecting:
      case WaitFor::upstream:
      case WaitFor::pause:
        return upstream_.cancel();
    }
  }

  bool draining() const { return loop_.shared.draining.load(std::memory_order_relaxed); }

  gateway::ServerState state() const {
    if (draining()) return gateway::ServerState::draining;
    return loop_.shared.loops_refused > 0 ? gateway::ServerState::ledger_full : gateway::ServerState::ready;
  }

  const gateway::Settings& settings() const { return client_.gateway()->settings; }

  // --- requests

  /// Answers what could not be parsed, then closes.
  Awaitable<void> refuse_unparsed(const Error& error) {
    loop_.metrics.errors[static_cast<std::size_t>(error.kind)].add();
    const auto& codecs = *client_.gateway()->codecs;
    const gateway::ClientTerms terms{.version_minor = 1, .keep_alive = false, .head_only = false};
    const auto codec = codecs[gateway::dialect_for(codecs, client_.head().target, client_.head().headers)];
    const std::string answer = gateway::error_answer(*codec, error, {}, terms);
    co_await client_.write(answer);
    co_await client_.linger();
  }

  Exchange& begin_exchange() {
    const http::RequestHead& head = client_.head();
    const bool keep_alive = http::keeps_alive(head.version_minor, head.headers) && !draining();
    const gateway::ClientTerms terms{
        .version_minor = head.version_minor, .keep_alive = keep_alive, .head_only = head.method == http::Method::head};
    return exchange_.emplace(*client_.gateway(), loop_.ids.next(wall_now()), head, terms, client_.received_at(),
                             &last_caller_);
  }

  void end_exchange() {
    const Exchange::Ending ending = exchange_->ending();
    if (ending.row) loop_.metrics.count(*ending.row);
    if (ending.error) loop_.metrics.errors[static_cast<std::size_t>(*ending.error)].add();
    if (settings().log_requests) log_request(client_.head(), client_.socket(), exchange_->id_text(), ending);
  }

  /// The request whose head is there, from its body to its answer. False: the connection is over.
  Awaitable<bool> serve_request() {
    Exchange& exchange = begin_exchange();
    const Running running(loop_.metrics);
    using Body = ClientConnection::Body;
    const Body what = exchange.wants_body() ? Body::kept : Body::dropped;
    const bool has_body = client_.take_body() || co_await client_.read_body(what);
    if (!has_body && client_.error().kind == ErrorKind::client_gone) co_return false;
    const Step* step = has_body ? &exchange.start(client_.body(), state()) : &exchange.start_refused(client_.error());
    while (step->kind != Step::Kind::finish) {
      event_ = {};
      if (!perform_now(*step)) co_await perform(*step);
      event_.now = wait_.now();
      step = &exchange.next(event_);
    }
    end_exchange();
    client_.end_request();
    upstream_.release();
    if (step->keep_alive) co_return true;
    co_await client_.linger();
    co_return false;
  }

  // --- steps: each leaves what happened in event_

  /// What can be done without waiting, which is most: no coroutine, no suspension. False: it has to wait.
  bool perform_now(const Step& step) {
    switch (step.kind) {
      case Step::Kind::call:
      case Step::Kind::pause:
        return false;
      case Step::Kind::read:
        return upstream_.read_now();
      case Step::Kind::send: {
        const auto written = client_.write_now(step.pieces, step.piece_count, write_done_);
        if (written) event_.kind = *written ? Event::Kind::sent : Event::Kind::client_gone;
        return written.has_value();
      }
      case Step::Kind::record_open:
        record_open(*step.open);
        return true;
      case Step::Kind::await_open:
        event_.kind = Event::Kind::recorded;
        return records_are_safe();
      case Step::Kind::record_settled:
        record_settled(*step.settled);
        return event_.error || records_are_safe();
      case Step::Kind::abort_upstream:
        upstream_.abort();
        return true;
      case Step::Kind::finish:
        return true;
    }
    return true;
  }

  Awaitable<void> perform(const Step& step) {
    switch (step.kind) {
      case Step::Kind::call:
        return upstream_.call(step.call, settings());
      case Step::Kind::read:
        return upstream_.read(step, settings());
      case Step::Kind::pause:
        return upstream_.pause(step.wake_at);
      case Step::Kind::send:
        return send_rest(step);
      default:
        return sync_records();
    }
  }

  Awaitable<void> send_rest(const Step& step) {
    const bool sent = co_await client_.write_rest(step.pieces, step.piece_count, write_done_);
    event_.kind = sent ? Event::Kind::sent : Event::Kind::client_gone;
  }

  void record_open(const ledger::Open& record) {
    Status recorded = loop_.writer.reserve();
    if (recorded) {
      recorded = loop_.writer.append(record);
      if (!recorded) loop_.writer.release();
    }
    reserved_ = recorded.ok();
    finish_record(std::move(recorded));
  }

  void record_settled(const ledger::Settled& record) {
    Status recorded = reserved_ ? Status{} : loop_.writer.reserve();
    if (recorded) recorded = loop_.writer.settle(record);
    reserved_ = false;
    finish_record(std::move(recorded));
  }

  void finish_record(Status recorded) {
    if (!recorded) return fail_record(std::move(recorded).error());
    event_.kind = Event::Kind::recorded;
    if (const ledger::GroupSync* sync = loop_.writer.group_sync()) record_mark_ = sync->last_mark();
  }

  void fail_record(Error error) {
    event_.kind = Event::Kind::failed;
    event_.error = std::move(error);
    loop_.on_ledger_error(*event_.error);
  }

  /// The request's records survive what the ledger promises.
  bool records_are_safe() const {
    const ledger::GroupSync* sync = loop_.writer.group_sync();
    return !sync || sync->synced_mark() >= record_mark_;
  }

  Awaitable<void> sync_records() {
    Status synced = co_await loop_.synced(record_mark_);
    wait_.refresh();
    event_.kind = Event::Kind::recorded;
    if (!synced) fail_record(std::move(synced).error());
  }

  Loop& loop_;
  Wait wait_;
  Event event_;
  ClientConnection client_;
  UpstreamCalls upstream_;
  policy::LastCaller last_caller_;
  std::optional<Exchange> exchange_;  ///< here and not in a coroutine's frame: those are small and recycled
  std::size_t write_done_ = 0;        ///< of the pieces that are being sent
  bool reserved_ = false;             ///< space in the ledger for the row of the running request
  std::uint64_t record_mark_ = 0;     ///< durability "full": of the running request's last record
};

}  // namespace

Awaitable<void> serve_connection(Loop& loop, Socket socket) {
  Session session(loop, std::move(socket));
  co_await session.run();
}

}  // namespace aigw::net
