#include "base/redact.hpp"
#include "base/time.hpp"
#include "cli/commands.hpp"
#include "cli/dom_read.hpp"
#include "cli/session.hpp"
#include "json/writer.hpp"

#include <memory>

namespace aigw::cli {
namespace {

struct Options {
  std::string name;
  std::chrono::milliseconds expires{0};
  bool json = false;
};

Result<int> run_keys_issue(Session& session, const Options& options) {
  if (looks_like_key(options.name))
    return make_error(ErrorKind::config, "the name of the key looks like a key itself",
                      "Give it a name that says who uses it: aigw keys issue laptop.");
  std::string body;
  json::Writer out(body);
  out.begin_object().member("name", options.name);
  if (options.expires.count() > 0)
    out.member("expires_ms", wall_now().value + static_cast<std::int64_t>(options.expires.count()));
  out.end_object();
  AIGW_TRY_ASSIGN(const std::string text, session.ask("POST", "/api/v1/keys", body));
  if (options.json) {
    session.out().line(text);
    return kOk;
  }
  AIGW_TRY_ASSIGN(const json::Dom row, json::parse_dom(text));
  session.out().line(text_of(row, "key"));
  session.out().flush();
  session.out().talk("issued \"" + text_of(row, "name") + "\" (" + text_of(row, "id") +
                     "). The key is shown this once: keep it now.");
  return kOk;
}

}  // namespace

Run define_keys_issue(Arguments& arguments) {
  auto options = std::make_shared<Options>();
  arguments.positional("NAME", options->name, "who or what uses it; stands in stats and tail")
      .option("--expires", "TIME", options->expires, "for how long it is good: 12h, 30d; for ever unless said")
      .flag("--json", options->json, "print one JSON document");
  return [options](Session& session) { return run_keys_issue(session, *options); };
}

}  // namespace aigw::cli
