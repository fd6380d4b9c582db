#include "cli/commands.hpp"
#include "cli/gateway.hpp"
#include "cli/session.hpp"
#include "config/environment.hpp"

#include <algorithm>
#include <filesystem>
#include <memory>

namespace aigw::cli {
namespace {

struct Options {
  std::optional<std::string> listen;
  std::optional<std::string> log_level;
  std::int64_t loops = 0;
  bool allow_insecure_bind = false;
  bool demo = false;
};

Result<config::Flags> flags_of(const Options& options) {
  constexpr std::int64_t kLoopsMax = 64;
  if (options.loops > kLoopsMax)
    return make_error(ErrorKind::config, "--loops: at most 64", "One a core is the default.");
  config::Flags flags;
  flags.listen = options.listen;
  flags.log_level = options.log_level;
  if (options.loops > 0) flags.loops = static_cast<unsigned>(options.loops);
  flags.allow_insecure_bind = options.allow_insecure_bind;
  return flags;
}

/// What runs this very program from another shell: its name where the PATH leads to it, else its whole path.
std::string typed_program() {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::path self = fs::read_symlink("/proc/self/exe", error);
  if (error) return "aigw";
  const std::string search = config::environment("PATH").value_or("");
  for (std::size_t at = 0; at < search.size();) {
    const std::size_t end = std::min(search.find(':', at), search.size());
    const fs::path found = fs::path(search.substr(at, end - at)) / "aigw";
    if (fs::exists(found, error)) return fs::equivalent(found, self, error) ? "aigw" : self.string();
    at = end + 1;
  }
  return self.string();
}

Result<int> run_serve(Session& session, const Options& options) {
  AIGW_TRY_ASSIGN(const config::Flags flags, flags_of(options));
  AIGW_TRY_ASSIGN(const config::Paths paths, session.paths());
  AIGW_TRY_ASSIGN(const config::Config config, config::load(paths, flags));
  server::DaemonOptions daemon = daemon_options(paths, config);
  daemon.demo = options.demo ? server::Demo::yes : server::Demo::no;
  if (options.demo) daemon.program = typed_program();
  return serve_when_free(daemon);
}

}  // namespace

Run define_serve(Arguments& arguments) {
  auto options = std::make_shared<Options>();
  arguments
      .option("--listen", "ADDRESS", options->listen,
              "IP address and port, 127.0.0.1:2449 unless said; port 0: any free one")
      .flag("--demo", options->demo,
            "with a built-in provider, a key, and a data folder that is thrown away at the end")
      .flag("--allow-insecure-bind", options->allow_insecure_bind,
            "listen beyond loopback although keys and prompts then cross the network in clear")
      .option("--loops", "N", options->loops, "event loops, one a core unless said")
      .option("--log-level", "LEVEL", options->log_level,
              "debug, info, warn or error, and others for single areas: info,net=debug");
  return [options](Session& session) { return run_serve(session, *options); };
}

}  // namespace aigw::cli
