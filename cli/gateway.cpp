#include "cli/gateway.hpp"

#include "adapters/registry.hpp"
#include "base/files.hpp"
#include "base/time.hpp"
#include "cli/api_caller.hpp"
#include "net/blocking_client.hpp"

#include <chrono>
#include <thread>

namespace aigw::cli {

std::optional<config::ListenAddress> running_gateway(const config::Paths& paths) {
  // A killed gateway leaves its socket and its note behind: only one that answers runs.
  net::BlockingRequest request;
  request.unix_socket = paths.socket;
  request.path = "/api/v1/status";
  if (!net::send_and_wait(request)) return std::nullopt;
  // The holder says its address in the lock: "process 4711 (serve 127.0.0.1:2449)".
  const auto note = files::read_file(paths.lock, 4096);
  if (!note) return std::nullopt;
  constexpr std::string_view kBefore = "(serve ";
  const auto begin = note->find(kBefore), end = note->find(')');
  if (begin == std::string::npos || end == std::string::npos || end < begin) return std::nullopt;
  auto listen = config::ListenAddress::parse(
      std::string_view(*note).substr(begin + kBefore.size(), end - begin - kBefore.size()));
  if (!listen || listen->port == 0) return std::nullopt;
  return *std::move(listen);
}

std::string url_of(config::ListenAddress listen) {
  if (listen.host == "0.0.0.0") listen.host = "127.0.0.1";
  if (listen.host == "::") listen.host = "::1";
  return "http://" + listen.text();
}

server::DaemonOptions daemon_options(const config::Paths& paths, const config::Config& config) {
  server::DaemonOptions daemon;
  daemon.paths = paths;
  daemon.config = config;
  daemon.registry = &adapters::registry();
  daemon.codecs = &adapters::codecs();
  daemon.version = AIGW_VERSION;
  return daemon;
}

Result<int> serve_when_free(const server::DaemonOptions& options) {
  constexpr auto kCommandPatience = std::chrono::seconds(10);
  constexpr auto kUnknownPatience = std::chrono::seconds(1);
  const Instant began = steady_now();
  for (;;) {
    auto ended = server::run_daemon(options);
    if (ended || ended.error().kind != ErrorKind::conflict) return ended;
    const std::string& message = ended.error().message;
    const bool is_command = message.ends_with("(" + std::string(kCommandNote) + ")");
    // A holder that has not said who it is: a command mostly, and soon gone or known.
    const bool is_unknown = message.ends_with(files::kUnknownHolder);
    if (!is_command && !is_unknown) return ended;
    if (steady_now() - began > (is_command ? kCommandPatience : kUnknownPatience)) return ended;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

}  // namespace aigw::cli
