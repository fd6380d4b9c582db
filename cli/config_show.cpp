#include "cli/commands.hpp"
#include "cli/dom_read.hpp"
#include "cli/session.hpp"
#include "cli/table.hpp"
#include "config/settings.hpp"
#include "server/config_render.hpp"

#include <memory>

namespace aigw::cli {
namespace {

struct Options {
  std::string key;
  bool running = false;
  bool json = false;
};

Error unknown_key(const std::string& key) {
  const std::string_view meant = config::nearest_setting(key);
  return make_error(ErrorKind::config, "there is no setting \"" + key + "\"",
                    meant.empty() ? "aigw config show lists them all." : "Did you mean " + std::string(meant) + "?");
}

/// "timeouts.connect" or all of "timeouts".
bool is_wanted(std::string_view wanted, std::string_view key) {
  return wanted.empty() || key == wanted || (key.starts_with(wanted) && key[wanted.size()] == '.');
}

std::string source_text(const json::Dom& row) {
  const std::string source = text_of(row, "source"), where = text_of(row, "where");
  if (source == "default") return source;
  return source == "profile" ? where + " (profile)" : where;
}

/// As people read it: 33554432 is no 32MiB.
std::string shown(const json::Dom& row) {
  const json::Dom& value = row.at("value");
  if (value.is_string()) return value.get<std::string>();
  const config::Setting* setting = config::find_setting(text_of(row, "key"));
  config::Config scratch;
  if (setting && value.is_number() && config::set_text(scratch, *setting, json::dump(value)))
    return config::value_text(scratch, *setting);
  std::string out;
  if (!value.is_array()) return json::dump(value);
  for (const json::Dom& one : value) out.append(out.empty() ? "" : ", ").append(one.get<std::string>());
  return out;
}

void print_table(Session& session, const json::Dom& document) {
  Table table({{"setting"}, {"value"}, {"said in"}, {"changes", Table::Align::left, 1}});
  for (const json::Dom& row : list_of(document, "settings"))
    table.row({text_of(row, "key"), shown(row), source_text(row), text_of(row, "applies")});
  for (const json::Dom& row : list_of(document, "providers"))
    table.row({"provider " + text_of(row, "name"),
               text_of(row, "base_url").empty() ? "well-known" : text_of(row, "base_url"), text_of(row, "where"),
               "live"});
  table.print(session.out());
}

/// What the gateway that runs goes by, or what one would that started from here.
Result<json::Dom> find_config(Session& session, bool running) {
  if (running) return session.ask_json("GET", "/api/v1/config");
  AIGW_TRY_ASSIGN(const config::Paths paths, session.paths());
  AIGW_TRY_ASSIGN(const config::Config config, config::load(paths, {}));
  return json::parse_dom(server::config_json(config));
}

Result<int> run_config_show(Session& session, const Options& options) {
  AIGW_TRY_ASSIGN(json::Dom document, find_config(session, options.running));
  json::Dom wanted = json::Dom::array();
  for (const json::Dom& row : list_of(document, "settings"))
    if (is_wanted(options.key, text_of(row, "key"))) wanted.push_back(row);
  if (wanted.empty()) return unknown_key(options.key);
  document["settings"] = std::move(wanted);
  if (!options.key.empty()) document["providers"] = json::Dom::array();
  if (options.json)
    session.out().line(json::dump(document));
  else
    print_table(session, document);
  if (const std::string problem = text_of(document, "problem"); !problem.empty())
    session.out().talk("the file does not hold as it stands now: " + problem);
  return kOk;
}

}  // namespace

Run define_config_show(Arguments& arguments) {
  auto options = std::make_shared<Options>();
  arguments.positional("KEY", options->key, "one setting, or a section of them", Arguments::Count::optional)
      .flag("--running", options->running, "as the gateway that runs goes by it, instead of one that starts from here")
      .flag("--json", options->json, "print one JSON document");
  return [options](Session& session) { return run_config_show(session, *options); };
}

}  // namespace aigw::cli
