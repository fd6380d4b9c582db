#include "cli/commands.hpp"
#include "cli/dom_read.hpp"
#include "cli/format.hpp"
#include "cli/key_choice.hpp"

#include <memory>

namespace aigw::cli {
namespace {

struct Options {
  std::string which;
  std::chrono::milliseconds timeout = std::chrono::seconds(10);
  bool json = false;
};

Result<int> test_credential(Session& session, const std::string& target, const std::string& name,
                            const Options& options) {
  const std::string body = "{\"timeout_ms\":" + std::to_string(options.timeout.count()) + "}";
  AIGW_TRY_ASSIGN(const std::string text, session.ask("POST", target + "/test", body));
  AIGW_TRY_ASSIGN(const json::Dom report, json::parse_dom(text));
  const bool healthy = flag_of(report, "healthy");
  if (options.json) {
    session.out().line(text);
  } else if (healthy) {
    session.out().line(name + ": " + text_of(report, "provider") + " takes it (" +
                       millis_text(number_of(report, "latency_ms")) + ")");
  } else {
    session.out().line(name + ": " + text_of(report, "error"));
  }
  return healthy ? kOk : kFailed;
}

Result<int> run_keys_test(Session& session, const Options& options) {
  auto key = choose_key(session, options.which);
  // A provider whose key stands in the configuration file has no row here; the API knows it.
  if (!key && key.error().kind == ErrorKind::not_found)
    return test_credential(session, "/api/v1/credentials/" + encoded(options.which), options.which, options);
  if (!key) return std::move(key).error();
  if (key->kind == ChosenKey::Kind::credential) return test_credential(session, key->target(), key->name, options);
  const std::string state = text_of(key->row, "state");
  if (options.json)
    print_key(session, key->row, true);
  else
    session.out().line(key->name + ": " + state);
  return state == "active" ? kOk : kFailed;
}

}  // namespace

Run define_keys_test(Arguments& arguments) {
  auto options = std::make_shared<Options>();
  arguments.positional("KEY", options->which, "PROVIDER[/NAME], or an issued key's name, id or prefix")
      .option("--timeout", "TIME", options->timeout, "how long to wait for the provider, 10s unless said")
      .flag("--json", options->json, "print one JSON document");
  return [options](Session& session) { return run_keys_test(session, *options); };
}

}  // namespace aigw::cli
