#include "base/files.hpp"
#include "cli/commands.hpp"
#include "cli/dom_read.hpp"
#include "cli/format.hpp"
#include "cli/session.hpp"
#include "ops/model_lists.hpp"

#include <memory>

namespace aigw::cli {
namespace {

struct Options {
  std::string file;
  bool json = false;
};

Result<int> run_models_import(Session& session, const Options& options) {
  AIGW_TRY_ASSIGN(const std::string list, files::read_file(options.file, ops::kModelListBytesMax));
  AIGW_TRY_ASSIGN(const json::Dom reply, session.ask_json("POST", "/api/v1/models/import", list));
  if (options.json)
    session.out().line(json::dump(reply));
  else
    session.out().talk("read " + count_text(integer_of(reply, "models").value_or(0)) + " models from " +
                       text_of(reply, "source") + "'s list; left out " +
                       count_text(integer_of(reply, "left_out").value_or(0)) +
                       " of unknown providers or without token prices");
  return kOk;
}

}  // namespace

Run define_models_import(Arguments& arguments) {
  auto options = std::make_shared<Options>();
  arguments.positional("FILE", options->file, "LiteLLM's model_prices_and_context_window.json or models.dev's api.json")
      .flag("--json", options->json, "print one JSON document");
  return [options](Session& session) { return run_models_import(session, *options); };
}

}  // namespace aigw::cli
