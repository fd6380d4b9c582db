#pragma once
// One event loop: its listener, its connections, its pool, its ledger writer. Everything here belongs to its thread,
// but what is atomic or posted to it.

#include "base/request_id.hpp"
#include "ledger/group_sync.hpp"
#include "net/asio.hpp"
#include "net/metrics.hpp"
#include "net/server.hpp"
#include "net/tls.hpp"
#include "net/upstream.hpp"
#include "net/watch.hpp"

#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <memory>
#include <vector>

namespace aigw::net {

/// What the loops share: constant, or atomic.
struct Shared {
  ServerOptions options;
  std::atomic<std::size_t> connections{0};
  std::atomic<bool> draining{false};
  std::atomic<unsigned> loops_refused{0};  ///< by their ledger: while there are any, we are not ready
};

class Loop {
 public:
  using Timer =
      asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;

  Loop(Shared& all, unsigned number, gateway::GatewayPtr initial)
      : shared(all),
        options(all.options),
        writer(*all.options.writers[number]),
        gateway(std::move(initial)),
        ids(number, all.options.id_floor),
        pool(gateway->settings.upstream_idle_max),
        acceptor_(io.get_executor()),
        timer_(io.get_executor()) {
    if (auto* sync = writer.group_sync()) sync->on_synced([this] { asio::post(io, [this] { wake_unsynced(); }); });
  }
  ~Loop() {
    if (auto* sync = writer.group_sync()) sync->on_synced({});
  }

  /// @errors config: the address cannot be used
  Status listen(const tcp::endpoint& endpoint);
  std::uint16_t port() const;
  void run();
  void stop_listening();
  void take(gateway::GatewayPtr fresh) {
    gateway = std::move(fresh);
    pool.set_idle_max(gateway->settings.upstream_idle_max);
  }
  /// A watched connection begins: the tick runs while there are any.
  void watch(Watched& one);
  void unwatch(Watched& one) { watched.remove(one); }
  /// Waits until the record with that mark is on the disk. @pre the writer has a group sync. @errors overloaded: it
  /// will not be
  Awaitable<Status> synced(std::uint64_t mark);

  asio::io_context io{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO};  // other threads only post to it
  Shared& shared;
  const ServerOptions& options;
  ledger::Writer& writer;
  gateway::GatewayPtr gateway;  ///< for requests that begin now; a session pins it
  RequestIdMaker ids;
  UpstreamPool pool;
  std::unique_ptr<TlsClient> tls;
  WatchList watched;
  LoopMetrics metrics;
  /// Says it, once until the ledger takes records again: the loop looks by itself, since a gateway that is not ready
  /// may get no more requests.
  void on_ledger_error(const Error& error);

 private:
  Awaitable<void> accept();
  Awaitable<void> tick();

  void wake_unsynced();
  Awaitable<void> await_ledger();

  Acceptor acceptor_;
  Timer timer_;
  std::vector<Timer*> unsynced_;  ///< they never run out: cancelling one wakes who waits
  bool ticking_ = false;
  bool awaits_ledger_ = false;
};

/// One client connection from accept to close.
Awaitable<void> serve_connection(Loop& loop, Socket socket);

}  // namespace aigw::net
