#include "cli/commands.hpp"
#include "cli/dom_read.hpp"
#include "cli/secret_input.hpp"
#include "cli/session.hpp"
#include "json/writer.hpp"

#include <string.h>

#include <memory>

namespace aigw::cli {
namespace {

struct Options {
  std::vector<std::string> leftovers;
  std::string from_env;
};

Result<int> run_config_seal(Session& session, const Options& options) {
  AIGW_TRY(refuse_key_arguments("config seal", {options.from_env}, options.leftovers));
  AIGW_TRY_ASSIGN(const Secret secret, read_secret("secret", options.from_env));
  std::string body;
  json::Writer(body).begin_object().member("secret", secret.reveal()).end_object();
  const auto reply = session.ask_json("POST", "/api/v1/config/seal", body);
  ::explicit_bzero(body.data(), body.size());
  if (!reply) return reply.error();
  session.out().line(text_of(*reply, "sealed"));
  session.out().flush();
  session.out().talk("it opens with this database and its master key alone: key = \"sealed:v1:...\" of a provider");
  return kOk;
}

}  // namespace

Run define_config_seal(Arguments& arguments) {
  auto options = std::make_shared<Options>();
  arguments.leftovers(options->leftovers)
      .option("--from-env", "VARIABLE", options->from_env, "read the secret from this variable instead of stdin");
  return [options](Session& session) { return run_config_seal(session, *options); };
}

}  // namespace aigw::cli
