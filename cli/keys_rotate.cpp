#include "cli/commands.hpp"
#include "cli/dom_read.hpp"
#include "cli/key_choice.hpp"
#include "cli/secret_input.hpp"
#include "cli/store_credential.hpp"

#include <memory>

namespace aigw::cli {
namespace {

struct Options {
  std::string which;
  std::vector<std::string> leftovers;
  std::string from_env;
  bool json = false;
};

Result<int> rotate_credential(Session& session, const ChosenKey& key, const Options& options) {
  AIGW_TRY_ASSIGN(const Secret secret, read_secret("new key of " + key.name, options.from_env));
  AIGW_TRY_ASSIGN(const json::Dom row,
                  store_credential(session, text_of(key.row, "provider"), text_of(key.row, "name"), secret));
  if (options.json)
    print_key(session, row, true);
  else
    session.out().talk("replaced " + key.name + ". Try it: aigw keys test " + key.name);
  return kOk;
}

Result<int> run_keys_rotate(Session& session, const Options& options) {
  AIGW_TRY(refuse_key_arguments("keys rotate", {options.from_env}, options.leftovers));
  AIGW_TRY_ASSIGN(const ChosenKey key, choose_key(session, options.which));
  if (key.kind == ChosenKey::Kind::credential) return rotate_credential(session, key, options);
  AIGW_TRY_ASSIGN(const std::string text, session.ask("POST", key.target() + "/rotate"));
  if (options.json) {
    session.out().line(text);
    return kOk;
  }
  AIGW_TRY_ASSIGN(const json::Dom row, json::parse_dom(text));
  session.out().line(text_of(row, "key"));
  session.out().flush();
  session.out().talk("\"" + text_of(row, "name") + "\" has a new key (" + text_of(row, "id") +
                     "), shown this once; the old one is revoked");
  return kOk;
}

}  // namespace

Run define_keys_rotate(Arguments& arguments) {
  auto options = std::make_shared<Options>();
  arguments.positional("KEY", options->which, "an issued key's name, id or prefix, or PROVIDER[/NAME]")
      .leftovers(options->leftovers)
      .option("--from-env", "VARIABLE", options->from_env,
              "read a credential's new key from this variable instead of stdin")
      .flag("--json", options->json, "print one JSON document");
  return [options](Session& session) { return run_keys_rotate(session, *options); };
}

}  // namespace aigw::cli
