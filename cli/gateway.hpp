#pragma once
// Where the gateway of a database listens, and starting one. One thread.

#include "base/error.hpp"
#include "config/config.hpp"
#include "config/paths.hpp"
#include "server/daemon.hpp"

#include <optional>
#include <string>

namespace aigw::cli {

/// None when no gateway of this database runs, or it runs but does not listen yet.
std::optional<config::ListenAddress> running_gateway(const config::Paths& paths);

/// Where a tool on this machine reaches it: "http://127.0.0.1:2449".
std::string url_of(config::ListenAddress listen);

/// What `serve` is given, with the registry and the version filled in.
server::DaemonOptions daemon_options(const config::Paths& paths, const config::Config& config);

/// Serves once no command works on the database: another gateway on it is an error at once, a command is worth a short
/// wait. Runs as `run_daemon` does.
Result<int> serve_when_free(const server::DaemonOptions& options);

}  // namespace aigw::cli
