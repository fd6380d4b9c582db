#include "net/server.hpp"

#include "base/log.hpp"
#include "net/loop.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/socket_base.hpp>

#include <sys/socket.h>

#include <thread>

namespace aigw::net {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kTick{250};  // a wake each: beside one paced stream ten a second were a sixth of all
constexpr milliseconds kAcceptPause{100};
constexpr milliseconds kLedgerLook{500};

using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

Error cannot_listen(const tcp::endpoint& endpoint, const error_code& why) {
  const std::string where = endpoint.address().to_string() + ":" + std::to_string(endpoint.port());
  return make_error(ErrorKind::config, "cannot listen on " + where + ": " + why.message(),
                    why == asio::error::address_in_use
                        ? "Another program has this port; stop it or pass --listen with another one"
                        : "Pass an address of this machine with --listen");
}

class ServerImpl final : public Server {
 public:
  ServerImpl(ServerOptions options, const gateway::GatewayPtr& gateway) {
    shared_.options = std::move(options);
    for (unsigned i = 0; i < shared_.options.writers.size(); ++i)
      loops_.push_back(std::make_unique<Loop>(shared_, i, gateway));
  }
  ~ServerImpl() override { stop(); }

  Status listen() {
    error_code error;
    const auto address = asio::ip::make_address(shared_.options.host, error);
    if (error)
      return make_error(ErrorKind::config, "'" + shared_.options.host + "' is no address",
                        "Pass one like 127.0.0.1:2449");
    tcp::endpoint endpoint(address, shared_.options.port);
    {
      // SO_REUSEPORT would let us share a port silently with another program: try without it first. To bind is enough;
      // who came to a probe that listens would be cut off with it.
      Acceptor probe(loops_.front()->io.get_executor());
      probe.open(endpoint.protocol(), error);
      probe.set_option(asio::socket_base::reuse_address(true), error);
      probe.bind(endpoint, error);
      if (error) return cannot_listen(endpoint, error);
    }
    for (auto& loop : loops_) {
      AIGW_TRY(loop->listen(endpoint));
      endpoint.port(loop->port());
    }
    port_ = endpoint.port();
    for (auto& loop : loops_) threads_.emplace_back([&one = *loop] { one.run(); });
    return {};
  }

  std::uint16_t port() const override { return port_; }

  void publish(gateway::GatewayPtr gateway) override {
    for (auto& loop : loops_) asio::post(loop->io, [&one = *loop, gateway] { one.take(gateway); });
  }

  ServerView view() const override {
    ServerView out;
    for (const auto& loop : loops_) out.loops.push_back(&loop->metrics);
    out.connections = shared_.connections;
    out.loops_refusing = static_cast<std::size_t>(shared_.loops_refused);
    return out;
  }

  std::size_t drain(milliseconds patience) override {
    shared_.draining = true;
    for (auto& loop : loops_)
      asio::post(loop->io, [&one = *loop] {
        one.stop_listening();
        one.watched.each([](Watched& connection) { connection.on_stop(); });
      });
    const Instant until = steady_now() + patience;
    while (shared_.connections > 0 && steady_now() < until) std::this_thread::sleep_for(milliseconds(5));
    const std::size_t cut = shared_.connections;
    if (cut > 0) {
      for (auto& loop : loops_)
        asio::post(loop->io, [&one = *loop] { one.watched.each([](Watched& connection) { connection.on_cut(); }); });
      const Instant last = steady_now() + std::chrono::seconds(3);
      while (shared_.connections > 0 && steady_now() < last) std::this_thread::sleep_for(milliseconds(5));
    }
    stop();
    return cut;
  }

 private:
  void stop() {
    for (auto& loop : loops_) loop->io.stop();
    for (auto& thread : threads_) thread.join();
    threads_.clear();
  }

  Shared shared_;
  std::vector<std::unique_ptr<Loop>> loops_;
  std::vector<std::thread> threads_;
  std::uint16_t port_ = 0;
};

}  // namespace

Status Loop::listen(const tcp::endpoint& endpoint) {
  error_code error;
  acceptor_.open(endpoint.protocol(), error);
  acceptor_.set_option(asio::socket_base::reuse_address(true), error);
  acceptor_.set_option(ReusePort(true), error);
  acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(4096, error);
  if (error) return cannot_listen(endpoint, error);
  asio::co_spawn(io, accept(), asio::detached);
  return {};
}

std::uint16_t Loop::port() const {
  error_code error;
  return acceptor_.local_endpoint(error).port();
}

void Loop::run() {
  const auto work = asio::make_work_guard(io);
  io.run();
}

void Loop::stop_listening() {
  error_code ignored;
  acceptor_.close(ignored);
}

Awaitable<void> Loop::accept() {
  for (;;) {
    auto [error, socket] = co_await acceptor_.async_accept(kAwait);
    if (!acceptor_.is_open()) co_return;
    if (error) {
      // Out of file descriptors: connections wait in the backlog until some end.
      log::warn("accept_failed", {{"error", error.message()}});
      asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>
          pause(io.get_executor());
      pause.expires_after(kAcceptPause);
      co_await pause.async_wait(kAwait);
      continue;
    }
    asio::co_spawn(io, serve_connection(*this, std::move(socket)), asio::detached);
  }
}

void Loop::watch(Watched& one) {
  watched.add(one);
  if (ticking_) return;
  ticking_ = true;
  asio::co_spawn(io, tick(), asio::detached);
}

Awaitable<void> Loop::tick() {
  Instant next_sweep = steady_now();
  while (!watched.empty()) {
    timer_.expires_after(kTick);
    co_await timer_.async_wait(kAwait);
    const Instant now = steady_now();
    watched.each([now](Watched& one) { one.on_tick(now); });
    if (now >= next_sweep) {
      next_sweep = now + std::chrono::seconds(1);
      pool.sweep(now);
      metrics.kept_connections.set(pool.size());
    }
  }
  pool.clear();
  metrics.kept_connections.set(0);
  ticking_ = false;
}

void Loop::on_ledger_error(const Error& error) {
  if (std::exchange(awaits_ledger_, true)) return;
  log::error("ledger_refuses", {{"error", error.text()}});
  ++shared.loops_refused;
  asio::co_spawn(io, await_ledger(), asio::detached);
}

Awaitable<void> Loop::await_ledger() {
  Timer timer(io.get_executor());
  do {
    timer.expires_after(kLedgerLook);
    co_await timer.async_wait(kAwait);
  } while (!writer.reserve());
  writer.release();
  awaits_ledger_ = false;
  --shared.loops_refused;
  log::info("ledger_takes_records");
}

Awaitable<Status> Loop::synced(std::uint64_t mark) {
  ledger::GroupSync& sync = *writer.group_sync();
  if (sync.synced_mark() < mark) {
    // While all that runs here waits for the disk, the loop has nothing else to do.
    if (metrics.running() == unsynced_.size() + 1 && sync.sync_if_quick())
      wake_unsynced();
    else
      sync.ask();
  }
  while (sync.synced_mark() < mark && !sync.failed()) {
    Timer timer(io.get_executor(), Instant::max());
    unsynced_.push_back(&timer);
    co_await timer.async_wait(kAwait);
  }
  if (sync.synced_mark() >= mark) co_return Status{};
  co_return make_error(ErrorKind::overloaded, "the ledger could not be synced to the disk",
                       "Check the disk, then restart aigw");
}

void Loop::wake_unsynced() {
  for (Timer* timer : std::exchange(unsynced_, {})) timer->cancel();
}

Result<std::unique_ptr<Server>> Server::start(ServerOptions options, gateway::GatewayPtr gateway) {
  auto server = std::make_unique<ServerImpl>(std::move(options), gateway);
  AIGW_TRY(server->listen());
  return std::unique_ptr<Server>(std::move(server));
}

}  // namespace aigw::net
