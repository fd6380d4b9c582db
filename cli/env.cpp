#include "base/files.hpp"
#include "cli/commands.hpp"
#include "cli/session.hpp"
#include "config/environment.hpp"

#include <array>
#include <filesystem>
#include <memory>

namespace aigw::cli {
namespace {

struct Options {
  std::string shell;
  std::string key;
};

struct Variable {
  std::string_view name;
  std::string value;
};

std::string shell_of(const Options& options) {
  if (!options.shell.empty()) return options.shell;
  const std::string login = std::filesystem::path(config::environment("SHELL").value_or("sh")).filename();
  return login == "fish" ? "fish" : "sh";
}

std::string quoted_for(const std::string& value, std::string_view escaped_quote) {
  std::string out = "'";
  for (const char c : value) c == '\'' ? out.append(escaped_quote) : out.append(1, c);
  return out + "'";
}

std::string export_line(const Variable& variable, std::string_view shell) {
  const std::string name(variable.name);
  if (shell == "fish") return "set -gx " + name + " " + quoted_for(variable.value, "\\'");
  if (shell == "powershell") return "$env:" + name + " = " + quoted_for(variable.value, "''");
  return "export " + name + "=" + quoted_for(variable.value, "'\\''");
}

/// The running gateway tells its address in its lock: "process 4711 (serve 127.0.0.1:2449)". Empty when none runs.
std::string running_address(const config::Paths& paths) {
  std::error_code error;
  if (!std::filesystem::exists(paths.socket, error)) return {};
  const auto note = files::read_file(paths.lock, 4096);
  if (!note) return {};
  constexpr std::string_view kBefore = "(serve ";
  const auto begin = note->find(kBefore), end = note->find(')');
  if (begin == std::string::npos || end == std::string::npos || end < begin) return {};
  return note->substr(begin + kBefore.size(), end - begin - kBefore.size());
}

/// Where a tool on this machine reaches a gateway that listens at `listen`.
std::string url_of(config::ListenAddress listen) {
  if (listen.host == "0.0.0.0") listen.host = "127.0.0.1";
  if (listen.host == "::") listen.host = "::1";
  return "http://" + listen.text();
}

Result<std::string> gateway_url(Session& session) {
  AIGW_TRY_ASSIGN(const config::Paths paths, session.paths());
  if (const auto running = config::ListenAddress::parse(running_address(paths)); running && running->port != 0)
    return url_of(*running);
  AIGW_TRY_ASSIGN(const config::Config config, config::load(paths, {}));
  return url_of(config.server.listen);
}

Result<int> run_env(Session& session, const Options& options) {
  AIGW_TRY_ASSIGN(const std::string url, gateway_url(session));
  const std::string key = options.key.empty() ? config::environment("AIGW_KEY").value_or("") : options.key;
  std::vector<Variable> variables = {{"OPENAI_BASE_URL", url + "/v1"}, {"ANTHROPIC_BASE_URL", url}};
  if (!key.empty()) {
    // Claude Code reads ANTHROPIC_AUTH_TOKEN, most other tools ANTHROPIC_API_KEY.
    for (const std::string_view name : {"OPENAI_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_API_KEY"})
      variables.push_back({name, key});
  }
  for (const Variable& variable : variables) session.out().line(export_line(variable, shell_of(options)));
  session.out().flush();
  if (key.empty()) session.out().talk("no key is in it: set AIGW_KEY to one from aigw keys issue NAME, and ask again");
  return kOk;
}

}  // namespace

Run define_env(Arguments& arguments) {
  auto options = std::make_shared<Options>();
  arguments
      .option("--shell", "SHELL", options->shell, "whose syntax; that of $SHELL unless said",
              {"bash", "fish", "powershell", "sh", "zsh"})
      .option("--key", "KEY", options->key,
              "the issued key; that of $AIGW_KEY unless said, which no process list shows");
  return [options](Session& session) { return run_env(session, *options); };
}

}  // namespace aigw::cli
