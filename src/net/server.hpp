#pragma once
// The data plane's driver: listens, performs the steps of exchanges, keeps connections to providers. One event loop a
// core, each with its own listener, connections, pool and ledger writer; nothing is shared on the path.

#include "base/error.hpp"
#include "base/request_id.hpp"
#include "gateway/gateway.hpp"
#include "gateway/step.hpp"
#include "ledger/journal.hpp"
#include "net/metrics.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace aigw::net {

struct ServerOptions {
  std::string host = "127.0.0.1";                        ///< a numeric address
  std::uint16_t port = 0;                                ///< 0: the system picks one
  std::string ca_file;                                   ///< trust anchors; empty: the system's
  std::vector<std::unique_ptr<ledger::Writer>> writers;  ///< one a loop: their number is the number of loops
  RequestId id_floor;
};

/// What a server counts. The loops' counters live as long as the server.
struct ServerView {
  std::vector<const LoopMetrics*> loops;
  std::size_t connections = 0;     ///< of clients
  std::size_t loops_refusing = 0;  ///< because the ledger takes no records
};

class Server {
 public:
  virtual ~Server() = default;

  /// Listens and starts the loops' threads.
  /// @errors config: the address is taken or cannot be used
  static Result<std::unique_ptr<Server>> start(ServerOptions options, gateway::GatewayPtr gateway);

  virtual std::uint16_t port() const = 0;
  /// Requests that begin from now on see this one. Any thread.
  virtual void publish(gateway::GatewayPtr gateway) = 0;
  /// Any thread.
  virtual ServerView view() const = 0;
  /// Stops accepting, closes idle connections, waits for running requests at most `patience`, then ends the loops.
  /// Returns how many requests it had to cut.
  virtual std::size_t drain(std::chrono::milliseconds patience) = 0;
};

}  // namespace aigw::net
