#include "cli/commands.hpp"
#include "cli/dom_read.hpp"
#include "cli/key_choice.hpp"
#include "cli/secret_input.hpp"
#include "cli/store_credential.hpp"

#include <memory>

namespace aigw::cli {
namespace {

struct Options {
  std::string provider;
  std::vector<std::string> leftovers;
  std::string name;
  std::string from_env;
  bool json = false;
};

Result<int> run_keys_add(Session& session, const Options& options) {
  AIGW_TRY(refuse_key_arguments("keys add", {options.provider, options.name, options.from_env}, options.leftovers));
  AIGW_TRY_ASSIGN(const Secret secret, read_secret("key of " + options.provider, options.from_env));
  AIGW_TRY_ASSIGN(const json::Dom row, store_credential(session, options.provider, options.name, secret));
  if (options.json)
    print_key(session, row, true);
  else
    session.out().talk("stored " + text_of(row, "provider") + "/" + text_of(row, "name") + ". Try it: aigw keys test " +
                       text_of(row, "provider"));
  return kOk;
}

}  // namespace

Run define_keys_add(Arguments& arguments) {
  auto options = std::make_shared<Options>();
  arguments.positional("PROVIDER", options->provider, "whose key it is: aigw providers list")
      .leftovers(options->leftovers)
      .option("--name", "NAME", options->name, "to keep several of one provider; \"default\" unless said")
      .option("--from-env", "VARIABLE", options->from_env, "read the key from this variable instead of stdin")
      .flag("--json", options->json, "print one JSON document");
  return [options](Session& session) { return run_keys_add(session, *options); };
}

}  // namespace aigw::cli
