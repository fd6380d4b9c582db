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
  bool from_stdin = false;
  bool json = false;
};

Result<Secret> given_key(const Options& options) {
  if (!options.from_stdin && options.from_env.empty()) return Secret();
  return read_secret("new master key", options.from_env);
}

void explain(const Output& out, const std::string& file, const std::string& previous) {
  if (file.empty()) {
    out.talk(
        "the database opens with the key that you gave alone: put it where the old one came from before the next "
        "start");
    return;
  }
  out.talk("the new master key is in " + file + ". Backups made before need the old one, kept in " + previous +
           ": remove it when there are none.");
}

Result<int> run_rotate_master(Session& session, const Options& options) {
  AIGW_TRY(refuse_key_arguments("keys rotate-master", {options.from_env}, options.leftovers));
  AIGW_TRY_ASSIGN(const Secret given, given_key(options));
  std::string body;
  json::Writer out(body);
  out.begin_object();
  if (!given.empty()) out.member("key", given.reveal());
  out.end_object();
  const auto reply = session.ask_json("POST", "/api/v1/master-key/rotate", body);
  ::explicit_bzero(body.data(), body.size());
  if (!reply) return reply.error();
  if (options.json) session.out().line(json::dump(*reply));
  session.out().flush();
  if (!options.json) explain(session.out(), text_of(*reply, "file"), text_of(*reply, "previous"));
  return kOk;
}

}  // namespace

Run define_keys_rotate_master(Arguments& arguments) {
  auto options = std::make_shared<Options>();
  arguments.leftovers(options->leftovers)
      .flag("--stdin", options->from_stdin, "read the new key from stdin instead of making one")
      .option("--from-env", "VARIABLE", options->from_env, "read the new key from this variable")
      .flag("--json", options->json, "print one JSON document");
  return [options](Session& session) { return run_rotate_master(session, *options); };
}

}  // namespace aigw::cli
