#include "cli/commands.hpp"
#include "cli/gateway.hpp"
#include "cli/import_env.hpp"
#include "cli/session.hpp"
#include "config/environment.hpp"
#include "config/settings.hpp"

#include <algorithm>
#include <filesystem>
#include <memory>

namespace aigw::cli {
namespace {

struct Options {
  config::Flags flags;
  bool demo = false;
  bool import_env = false;
};

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
  AIGW_TRY_ASSIGN(const config::Paths paths, session.paths());
  config::Loader loader(paths, options.flags);
  AIGW_TRY_ASSIGN(const config::Config config, loader.load());
  server::DaemonOptions daemon = daemon_options(paths, config);
  daemon.loader = &loader;
  daemon.demo = options.demo ? server::Demo::yes : server::Demo::no;
  const ImportEnv import = options.import_env ? ImportEnv::all : ImportEnv::ask;
  daemon.new_credentials = [&daemon, import](const server::KeysAtStart& keys) {
    return keys_of_environment(*daemon.registry, keys, import);
  };
  if (options.demo) daemon.program = typed_program();
  return serve_when_free(daemon);
}

}  // namespace

Run define_serve(Arguments& arguments) {
  auto options = std::make_shared<Options>();
  for (const config::Setting& setting : config::settings())
    if (!setting.flag.empty()) arguments.setting(setting, options->flags);
  arguments.flag("--demo", options->demo,
                 "with a built-in provider, a key, and a data folder that is thrown away at the end");
  arguments.flag("--import-env", options->import_env,
                 "store the providers' keys that stand in variables like OPENAI_API_KEY, without asking");
  return [options](Session& session) { return run_serve(session, *options); };
}

}  // namespace aigw::cli
