#include "cli/commands.hpp"
#include "cli/dom_read.hpp"
#include "cli/format.hpp"
#include "cli/session.hpp"

#include <memory>

namespace aigw::cli {
namespace {

struct Options {
  bool json = false;
};

Result<int> run_db_vacuum(Session& session, const Options& options) {
  AIGW_TRY_ASSIGN(const std::string text, session.ask("POST", "/api/v1/database/vacuum"));
  if (options.json) {
    session.out().line(text);
    return kOk;
  }
  AIGW_TRY_ASSIGN(const json::Dom sizes, json::parse_dom(text));
  session.out().talk("the database took " + bytes_text(integer_of(sizes, "bytes_before").value_or(0)) + " and takes " +
                     bytes_text(integer_of(sizes, "bytes_after").value_or(0)));
  return kOk;
}

}  // namespace

Run define_db_vacuum(Arguments& arguments) {
  auto options = std::make_shared<Options>();
  arguments.flag("--json", options->json, "print one JSON document");
  return [options](Session& session) { return run_db_vacuum(session, *options); };
}

}  // namespace aigw::cli
