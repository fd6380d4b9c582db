#include "cli/commands.hpp"
#include "cli/dom_read.hpp"
#include "cli/format.hpp"
#include "cli/session.hpp"
#include "cli/table.hpp"
#include "json/writer.hpp"

#include <memory>

namespace aigw::cli {
namespace {

struct Options {
  std::vector<std::string> providers;
  std::chrono::milliseconds timeout = std::chrono::seconds(10);
  bool json = false;
};

std::string probe_body(const Options& options) {
  std::string body;
  json::Writer out(body);
  out.begin_object().key("providers").begin_array();
  for (const std::string& name : options.providers) out.string(name);
  out.end_array().member("timeout_ms", static_cast<std::int64_t>(options.timeout.count())).end_object();
  return body;
}

void print_table(Session& session, const json::Dom& rows) {
  using enum Table::Align;
  Table table({{"provider"}, {"state"}, {"key"}, {"time", right}, {"url", left, 2}, {"what is wrong", left, 1}});
  for (const json::Dom& row : rows)
    table.row({text_of(row, "provider"),
               flag_of(row, "healthy")   ? "healthy"
               : flag_of(row, "reached") ? "not healthy"
                                         : "not reached",
               text_of(row, "key"), millis_text(number_of(row, "latency_ms")), text_of(row, "url"),
               text_of(row, "error")});
  table.print(session.out());
}

Result<int> run_probe(Session& session, const Options& options) {
  AIGW_TRY_ASSIGN(const std::string text, session.ask("POST", "/api/v1/probe", probe_body(options)));
  AIGW_TRY_ASSIGN(const json::Dom reply, json::parse_dom(text));
  const json::Dom& rows = list_of(reply, "providers");
  if (options.json) {
    session.out().line(text);
  } else if (!rows.empty()) {
    print_table(session, rows);
  }
  if (rows.empty()) {
    session.out().talk(
        "aigw: no provider is configured\n      Store a key: printf %s \"$OPENAI_API_KEY\" | aigw keys add openai. Or "
        "see: aigw help providers add.");
    return kNoneConfigured;
  }
  for (const json::Dom& row : rows)
    if (!flag_of(row, "healthy")) return kFailed;
  return kOk;
}

}  // namespace

Run define_probe(Arguments& arguments) {
  auto options = std::make_shared<Options>();
  arguments.positionals("PROVIDER", options->providers, "the ones to ask; none: all")
      .option("--timeout", "TIME", options->timeout, "how long to wait for each, 10s unless said")
      .flag("--json", options->json, "print one JSON document");
  return [options](Session& session) { return run_probe(session, *options); };
}

}  // namespace aigw::cli
