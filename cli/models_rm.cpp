#include "cli/commands.hpp"
#include "cli/dom_read.hpp"
#include "cli/format.hpp"
#include "cli/model_name.hpp"
#include "cli/session.hpp"

#include <memory>

namespace aigw::cli {
namespace {

struct Options {
  std::string model;
  bool imported = false;
};

Result<int> run_models_rm(Session& session, const Options& options) {
  if (options.imported != options.model.empty())
    return make_error(ErrorKind::config, "say one model or --imported", "As in aigw models rm openai/gpt-4o.");
  if (options.imported) {
    AIGW_TRY_ASSIGN(const json::Dom reply, session.ask_json("DELETE", "/api/v1/models/imported"));
    session.out().talk("removed " + count_text(integer_of(reply, "removed").value_or(0)) + " imported models");
    return kOk;
  }
  AIGW_TRY_ASSIGN(const std::string target, model_target(options.model));
  AIGW_TRY(session.ask("DELETE", target));
  session.out().talk("removed what was said of " + options.model + "; the catalogue holds again");
  return kOk;
}

}  // namespace

Run define_models_rm(Arguments& arguments) {
  auto options = std::make_shared<Options>();
  arguments
      .positional("PROVIDER/MODEL", options->model, "whose imported and corrected facts to forget",
                  Arguments::Count::optional)
      .flag("--imported", options->imported, "all that was imported; corrections stay");
  return [options](Session& session) { return run_models_rm(session, *options); };
}

}  // namespace aigw::cli
