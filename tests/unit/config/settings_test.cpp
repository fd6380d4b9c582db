#include "config/settings.hpp"

#include "base/text.hpp"
#include "http/limits.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

using namespace aigw;
using namespace aigw::config;

namespace {

std::string cell(std::string_view text) { return " " + std::string(text) + " |"; }

/// docs/configuration.md, from the table.
std::string reference() {
  std::string out =
      "# Configuration\n\n"
      "Made from the table in `src/config/settings.cpp`: a test compares. After a change there,\n"
      "`AIGW_WRITE_DOCS=1 build/dev/tests/test_unit_config` writes this page anew.\n\n"
      "aigw runs without a configuration file. When there is one, it is TOML: `aigw config path` says where it is "
      "looked\n"
      "for, `aigw config check` whether it is right, `aigw config show` what holds and where each value was said.\n\n"
      "## What goes before what\n\n"
      "A flag of `serve`, then a variable `AIGW_*`, then `[profile.NAME]` of the file, then the file, then the "
      "default.\n\n"
      "A profile (`dev`, `test` or `prod`, chosen by `--profile` or `AIGW_PROFILE`) may hold all that the file holds:\n"
      "`[profile.prod.timeouts]`, `[[profile.prod.providers]]` (which takes the place of the file's provider of that "
      "name).\n"
      "By itself a profile changes nothing: what differs between two places is what your file says, and nothing else.\n"
      "All profiles are checked at each load, so that a mistake shows before the day on which that profile is "
      "needed.\n\n"
      "## Changes while the gateway runs\n\n"
      "`serve` reads the file again on SIGHUP, and a moment after its content changed. All or nothing: a file that is "
      "wrong\n"
      "changes nothing, and the log, `/readyz?verbose` and `aigw doctor` say why. Requests that run keep what they "
      "began with.\n"
      "Settings marked *live* count for the next request; the others at the next start, and the log says so.\n\n"
      "## Settings\n";
  std::string_view section;
  Config config;
  for (const Setting& setting : settings()) {
    if (setting.section() != section) {
      section = setting.section();
      out += "\n### [" + std::string(section) +
             "]\n\n"
             "| key | takes | default | variable, flag | changes | what it is |\n|---|---|---|---|---|---|\n";
    }
    const std::string value = value_text(config, setting);
    std::string summary(setting.summary);
    if (!setting.rationale.empty()) summary += " (" + std::string(setting.rationale) + ")";
    std::string outside = "`" + std::string(setting.variable) + "`";
    if (!setting.flag.empty()) outside += " `" + std::string(setting.flag) + "`";
    out += "|" + cell("`" + std::string(setting.name()) + "`") + cell(takes_text(setting)) +
           cell(value.empty() ? "" : "`" + value + "`") + cell(outside) +
           cell(setting.applies == Applies::live ? "live" : "at restart") + cell(summary) + "\n";
  }
  out +=
      "\n## [[providers]]\n\n"
      "Providers may stand in the file or in the database (`aigw providers add`); a name in both is an error. What "
      "stands in\n"
      "the file is read-only for the command line. `aigw config export` writes the database's as TOML.\n\n"
      "```toml\n"
      "[[providers]]\n"
      "name = \"openai\"                  # a well-known one: the rest is known\n"
      "key_env = \"OPENAI_API_KEY\"       # the variable that holds its key, or the key itself, sealed:\n"
      "# key = \"sealed:v1:...\"           what `aigw config seal` printed; a key in clear is refused\n\n"
      "[[providers]]\n"
      "name = \"local\"\n"
      "dialect = \"openai-chat\"\n"
      "base_url = \"http://127.0.0.1:8000/v1\"\n"
      "speaks = { anthropic-messages = \"http://127.0.0.1:8000\" }\n"
      "allow_private = true             # it is on this machine or in a private network\n"
      "auth = \"none\"                    # bearer, x-api-key, x-goog-api-key, api-key, service-account, aws-bedrock "
      "or none\n"
      "free = true                      # or prices_as = \"openai\", or prices of your own:\n"
      "# prices = { \"small\" = { input = 0.15, output = 0.6 } }    dollars a million tokens\n"
      "```\n\n"
      "## Other variables\n\n| variable | what it is |\n|---|---|\n";
  for (const OtherVariable& other : other_variables())
    out += "|" + cell("`" + std::string(other.name) + "`") + cell(other.summary) + "\n";
  return out;
}

}  // namespace

TEST_CASE("docs/configuration.md is what the table says") {
  const std::string path = AIGW_SOURCE_DIR "/docs/configuration.md";
  if (std::getenv("AIGW_WRITE_DOCS")) std::ofstream(path) << reference();
  std::ostringstream there;
  there << std::ifstream(path).rdbuf();
  CHECK_MESSAGE(there.str() == reference(), "AIGW_WRITE_DOCS=1 build/dev/tests/test_unit_config writes it anew");
}

TEST_CASE("every default is within its bounds, and can be said as it is shown") {
  for (const Setting& setting : settings()) {
    CAPTURE(setting.key);
    Config config;
    CHECK(check_bounds(config, setting).ok());
    const std::string text = value_text(config, setting);
    CHECK(set_text(config, setting, text).ok());
    CHECK(value_text(config, setting) == text);
    CHECK(find_setting(setting.key) == &setting);
  }
}

TEST_CASE("sizes are said in their unit, counts as numbers") {
  const Config config;
  CHECK(value_text(config, *find_setting("limits.body_bytes")) == "32MiB");
  CHECK(value_text(config, *find_setting("limits.connections")) == "8192");
}

TEST_CASE("settings of one section stand together") {
  std::vector<std::string_view> seen;
  for (const Setting& setting : settings()) {
    if (!seen.empty() && seen.back() == setting.section()) continue;
    CHECK(std::ranges::find(seen, setting.section()) == seen.end());
    seen.push_back(setting.section());
  }
}

TEST_CASE("a text from a variable is held to the same bounds as the file") {
  Config config;
  CHECK(set_text(config, *find_setting("server.loops"), "65").error().message == "must be between 0 and 64");
  CHECK(set_text(config, *find_setting("server.loops"), "4x").error().message == "\"4x\" is no whole number");
  CHECK(set_text(config, *find_setting("timeouts.idle"), "8d").error().message == "must be between 1ms and 7d");
  CHECK(set_text(config, *find_setting("server.allow_insecure_bind"), "yes").error().message ==
        "\"yes\" is neither true nor false");
  CHECK(set_text(config, *find_setting("server.allowed_hosts"), "a.example, b.example").ok());
  CHECK(config.server.allowed_hosts == std::vector<std::string>{"a.example", "b.example"});
}

TEST_CASE("a setting is found by what was probably meant") {
  CHECK(nearest_setting("timeouts.ilde") == "timeouts.idle");
  CHECK(nearest_setting("heartbeet") == "timeouts.heartbeat");
  CHECK(nearest_setting("serve") == "server");
  CHECK(nearest_setting("banana").empty());
}

TEST_CASE("what the configuration may raise stays below what the wire allows") {
  CHECK(find_setting("limits.header_bytes")->bounds.most == http::limits::kHeadBytes);
}

TEST_CASE("a misspelt variable is noticed") {
  ::setenv("AIGW_LISTN", "x", 1);
  const auto unknown = unknown_variables();
  CHECK(std::ranges::find(unknown, "AIGW_LISTN") != unknown.end());
  CHECK(std::ranges::find(unknown, "AIGW_LISTEN") == unknown.end());
  ::unsetenv("AIGW_LISTN");
}
