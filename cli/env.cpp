#include "adapters/registry.hpp"
#include "cli/commands.hpp"
#include "cli/gateway.hpp"
#include "cli/session.hpp"
#include "cli/tools.hpp"
#include "config/environment.hpp"

#include <filesystem>
#include <memory>

namespace aigw::cli {
namespace {

struct Options {
  std::string shell;
  std::string key;
  std::string tool = "sdk";
  std::string model;
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

std::string line_of(const Assignment& change, std::string_view shell) {
  const auto& [name, value] = change;
  if (shell == "fish") return value ? "set -gx " + name + " " + quoted_for(*value, "\\'") : "set -e " + name;
  if (shell == "powershell")
    return value ? "$env:" + name + " = " + quoted_for(*value, "''")
                 : "Remove-Item Env:" + name + " -ErrorAction Ignore";
  return value ? "export " + name + "=" + quoted_for(*value, "'\\''") : "unset " + name;
}

Result<std::string> gateway_url(Session& session) {
  AIGW_TRY_ASSIGN(const config::Paths paths, session.paths());
  if (const auto running = running_gateway(paths)) return url_of(*running);
  AIGW_TRY_ASSIGN(const config::Config* config, session.config());
  return url_of(config->server.listen);
}

Result<int> run_env(Session& session, const Options& options) {
  ToolTerms terms{.url = {}, .key = {}, .model = options.model, .codecs = &adapters::codecs()};
  AIGW_TRY_ASSIGN(terms.url, gateway_url(session));
  terms.key = Secret(options.key.empty() ? config::environment("AIGW_KEY").value_or("") : options.key);
  const Tool& tool = tool_of(options.tool);
  const std::string shell = shell_of(options);
  AIGW_TRY_ASSIGN(const config::Paths paths, session.paths());
  AIGW_TRY_ASSIGN(const std::vector<Assignment> environment, prepare(tool, terms, paths.db));
  for (const Assignment& change : environment) session.out().line(line_of(change, shell));
  session.out().flush();
  if (!tool.note.empty()) session.out().talk(std::string(tool.title) + ": " + std::string(tool.note));
  if (tool.arguments) {
    std::string line = std::string(tool.program);
    for (const std::string& word : tool.arguments(terms)) line += " " + quoted_for(word, "'\\''");
    session.out().talk(std::string(tool.title) + " is told the rest by arguments: " + line);
  }
  if (terms.key.empty())
    session.out().talk("no key is in it: set AIGW_KEY to one from aigw keys issue NAME, and ask again");
  return kOk;
}

}  // namespace

Run define_env(Arguments& arguments) {
  auto options = std::make_shared<Options>();
  std::vector<std::string> names;
  for (const Tool& tool : tools()) names.emplace_back(tool.program);
  arguments.option("--tool", "TOOL", options->tool, "for which tool; for all that use an SDK unless said", names)
      .option("--model", "MODEL", options->model, "the model that it is to ask for, where it can be told so")
      .option("--shell", "SHELL", options->shell, "whose syntax; that of $SHELL unless said",
              {"bash", "fish", "powershell", "sh", "zsh"})
      .option("--key", "KEY", options->key,
              "the issued key; that of $AIGW_KEY unless said, which no process list shows");
  return [options](Session& session) { return run_env(session, *options); };
}

}  // namespace aigw::cli
