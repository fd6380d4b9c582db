#include "cli/commands.hpp"
#include "cli/format.hpp"
#include "cli/session.hpp"

#include <memory>

namespace aigw::cli {
namespace {

Result<int> run_providers_rm(Session& session, const std::string& name) {
  AIGW_TRY(session.ask("DELETE", "/api/v1/providers/" + encoded(name)));
  session.out().talk("removed " + name + " and its credentials");
  return kOk;
}

}  // namespace

Run define_providers_rm(Arguments& arguments) {
  auto name = std::make_shared<std::string>();
  arguments.positional("NAME", *name, "one that was added here");
  return [name](Session& session) { return run_providers_rm(session, *name); };
}

}  // namespace aigw::cli
