#include "cli/commands.hpp"
#include "cli/key_choice.hpp"

#include <memory>

namespace aigw::cli {
namespace {

struct Options {
  std::string which;
  bool json = false;
};

Result<int> run_keys_rm(Session& session, const Options& options) {
  AIGW_TRY_ASSIGN(const ChosenKey key, choose_key(session, options.which));
  AIGW_TRY_ASSIGN(const json::Dom row, session.ask_json("DELETE", key.target()));
  if (options.json)
    print_key(session, row, true);
  else
    session.out().talk("removed " + key.name + " (" + key.id + ")");
  return kOk;
}

}  // namespace

Run define_keys_rm(Arguments& arguments) {
  auto options = std::make_shared<Options>();
  arguments.positional("KEY", options->which, "an issued key's name, id or prefix, or PROVIDER[/NAME]")
      .flag("--json", options->json, "print one JSON document");
  return [options](Session& session) { return run_keys_rm(session, *options); };
}

}  // namespace aigw::cli
