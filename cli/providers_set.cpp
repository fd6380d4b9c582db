#include "cli/commands.hpp"
#include "cli/format.hpp"
#include "cli/provider_options.hpp"
#include "cli/session.hpp"

#include <memory>

namespace aigw::cli {
namespace {

Result<int> run_providers_set(Session& session, const ProviderOptions& options) {
  AIGW_TRY_ASSIGN(const json::Dom body, body_of(options));
  AIGW_TRY_ASSIGN(const std::string text,
                  session.ask("PUT", "/api/v1/providers/" + encoded(options.name), json::dump(body)));
  if (options.json)
    session.out().line(text);
  else
    session.out().talk("set " + options.name + ". Try it: aigw probe " + options.name);
  return kOk;
}

}  // namespace

Run define_providers_set(Arguments& arguments) {
  auto options = std::make_shared<ProviderOptions>();
  describe(arguments, *options);
  return [options](Session& session) { return run_providers_set(session, *options); };
}

}  // namespace aigw::cli
