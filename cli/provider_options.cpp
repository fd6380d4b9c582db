#include "cli/provider_options.hpp"

#include "base/redact.hpp"
#include "llm/dialect.hpp"

namespace aigw::cli {
namespace {

std::vector<std::string> dialect_names() {
  std::vector<std::string> out;
  for (const llm::Dialect dialect : llm::kDialects) out.emplace_back(llm::name_of(dialect));
  return out;
}

}  // namespace

void describe(Arguments& arguments, ProviderOptions& options) {
  arguments.positional("NAME", options.name, "how requests name it: NAME/model")
      .option("--dialect", "DIALECT", options.dialect, "what it speaks", dialect_names())
      .option("--base-url", "URL", options.base_url,
              "what stands before the dialect's own paths, such as https://host/v1")
      .option("--speaks", "DIALECT=URL", options.speaks, "another dialect that it speaks, and where; may be repeated")
      .option("--auth", "HOW", options.auth, "how it wants its key, as the dialect does unless said",
              {"bearer", "x-api-key", "x-goog-api-key", "service-account", "none"})
      .option("--prices-as", "PROVIDER", options.prices_as, "its models cost what this provider's list says")
      .flag("--free", options.free, "its models cost nothing")
      .flag("--allow-private", options.allow_private, "it may be at a loopback or private address")
      .flag("--json", options.json, "print one JSON document");
}

Result<json::Dom> body_of(const ProviderOptions& options) {
  if (options.free && !options.prices_as.empty())
    return make_error(ErrorKind::config, "--free and --prices-as exclude each other", "Choose one.");
  json::Dom body = json::Dom::object();
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) body[name] = value;
  };
  add("dialect", options.dialect);
  add("base_url", options.base_url);
  add("auth", options.auth);
  add("prices_as", options.prices_as);
  if (options.free) body["free"] = true;
  if (options.allow_private) body["allow_private"] = true;
  for (const std::string& pair : options.speaks) {
    const auto equals = pair.find('=');
    if (equals == std::string::npos || equals == 0)
      return make_error(ErrorKind::config, "--speaks: \"" + redact(pair) + "\" has no '='",
                        "Write --speaks anthropic-messages=https://host.");
    body["speaks"][pair.substr(0, equals)] = pair.substr(equals + 1);
  }
  return body;
}

}  // namespace aigw::cli
