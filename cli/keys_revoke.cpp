#include "cli/commands.hpp"
#include "cli/key_choice.hpp"

#include <memory>

namespace aigw::cli {
namespace {

struct Options {
  std::string which;
  bool json = false;
};

Result<int> run_keys_revoke(Session& session, const Options& options) {
  AIGW_TRY_ASSIGN(const ChosenKey key, choose_key(session, options.which));
  if (key.kind == ChosenKey::Kind::credential)
    return make_error(ErrorKind::config, key.name + " is a provider's credential, which only the provider can revoke",
                      "To stop using it: aigw keys rm " + key.name + ".");
  AIGW_TRY_ASSIGN(const json::Dom row, session.ask_json("POST", key.target() + "/revoke"));
  if (options.json)
    print_key(session, row, true);
  else
    session.out().talk("revoked \"" + key.name + "\" (" + key.id + "): requests with it are refused from now on");
  return kOk;
}

}  // namespace

Run define_keys_revoke(Arguments& arguments) {
  auto options = std::make_shared<Options>();
  arguments.positional("KEY", options->which, "an issued key's name, id or prefix")
      .flag("--json", options->json, "print one JSON document");
  return [options](Session& session) { return run_keys_revoke(session, *options); };
}

}  // namespace aigw::cli
