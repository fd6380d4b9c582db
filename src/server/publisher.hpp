#pragma once
// What requests are decided by: made of configuration and database, handed to the data plane as one. Any thread; one at
// a time, so that an older one never follows a younger.

#include "base/error.hpp"
#include "config/config.hpp"
#include "gateway/gateway.hpp"
#include "net/server.hpp"
#include "ops/context.hpp"

#include <functional>
#include <mutex>
#include <string>

namespace aigw::server {

/// What a reload changed, the keys of settings one after the other.
struct Changes {
  std::string live;
  std::string at_restart;  ///< said in the file and not in force
};

class Publisher {
 public:
  /// `base`: what never changes of a gateway. `context` outlives it.
  Publisher(const ops::Context& context, gateway::Gateway base) : context_(context), base_(std::move(base)) {}

  /// The first one, for the data plane to start with. @errors those of load_snapshot
  Result<gateway::GatewayPtr> first();
  /// Later ones go there; `then` is called after each.
  void publish_to(net::Server& server, std::function<void()> then);

  /// The database changed. What cannot be read leaves the one before, and is logged.
  void refresh();
  /// All or nothing: when it returns an error, nothing changed.
  /// @errors those of check_config and load_snapshot
  Result<Changes> reload(config::Config fresh);
  /// The file is wrong: says so on /readyz, and goes on.
  void keep(const Error& problem);

 private:
  void publish(policy::SnapshotPtr snapshot);
  gateway::GatewayPtr made(policy::SnapshotPtr snapshot) const;

  const ops::Context& context_;
  const gateway::Gateway base_;
  std::mutex mutex_;  // one publication at a time; guards the rest
  policy::SnapshotPtr snapshot_;
  net::Server* server_ = nullptr;
  std::function<void()> then_;
};

}  // namespace aigw::server
