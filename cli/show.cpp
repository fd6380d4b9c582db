#include "cli/commands.hpp"
#include "cli/format.hpp"
#include "cli/request_row.hpp"
#include "cli/session.hpp"

#include <memory>

namespace aigw::cli {
namespace {

struct Options {
  std::string id;
  bool json = false;
};

Result<int> run_show(Session& session, const Options& options) {
  AIGW_TRY_ASSIGN(const std::string text, session.ask("GET", "/api/v1/requests/" + encoded(options.id)));
  if (options.json) {
    session.out().line(text);
    return kOk;
  }
  AIGW_TRY_ASSIGN(const json::Dom row, json::parse_dom(text));
  for (const std::string& line : request_lines(row)) session.out().line(line);
  return kOk;
}

}  // namespace

Run define_show(Arguments& arguments) {
  auto options = std::make_shared<Options>();
  arguments.positional("REQUEST", options->id, "its id: x-request-id of the answer, or the id in aigw tail")
      .flag("--json", options->json, "print one JSON document");
  return [options](Session& session) { return run_show(session, *options); };
}

}  // namespace aigw::cli
