#include "cli/commands.hpp"
#include "cli/format.hpp"
#include "cli/provider_options.hpp"
#include "cli/session.hpp"

#include <memory>

namespace aigw::cli {
namespace {

Result<int> run_providers_add(Session& session, const ProviderOptions& options) {
  AIGW_TRY_ASSIGN(json::Dom body, body_of(options));
  body["name"] = options.name;
  AIGW_TRY_ASSIGN(const std::string text, session.ask("POST", "/api/v1/providers", json::dump(body)));
  if (options.json)
    session.out().line(text);
  else
    session.out().talk("added " + options.name + ". If it wants a key: printf %s \"$KEY\" | aigw keys add " +
                       options.name + ". Then try: aigw probe " + options.name);
  return kOk;
}

}  // namespace

Run define_providers_add(Arguments& arguments) {
  auto options = std::make_shared<ProviderOptions>();
  describe(arguments, *options);
  return [options](Session& session) { return run_providers_add(session, *options); };
}

}  // namespace aigw::cli
