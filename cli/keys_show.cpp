#include "cli/commands.hpp"
#include "cli/key_choice.hpp"

#include <memory>

namespace aigw::cli {
namespace {

struct Options {
  std::string which;
  bool json = false;
};

Result<int> run_keys_show(Session& session, const Options& options) {
  AIGW_TRY_ASSIGN(const ChosenKey key, choose_key(session, options.which));
  print_key(session, key.row, options.json);
  return kOk;
}

}  // namespace

Run define_keys_show(Arguments& arguments) {
  auto options = std::make_shared<Options>();
  arguments.positional("KEY", options->which, "an issued key's name, id or prefix, or PROVIDER[/NAME]")
      .flag("--json", options->json, "print one JSON document");
  return [options](Session& session) { return run_keys_show(session, *options); };
}

}  // namespace aigw::cli
