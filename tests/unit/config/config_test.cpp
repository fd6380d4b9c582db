#include "config/config.hpp"

#include "config/environment.hpp"
#include "config/export.hpp"
#include "http/limits.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

using namespace aigw;
using namespace aigw::config;
using namespace std::chrono_literals;

namespace {

std::string refusal(std::string_view toml) {
  const auto parsed = parse_toml(toml, "aigw.toml");
  REQUIRE_FALSE(parsed.ok());
  CHECK(parsed.error().kind == ErrorKind::config);
  return parsed.error().text();
}

/// An empty folder and an environment without our variables, both put back at the end.
struct Sandbox {
  test::TempDir folder;
  Sandbox() { clear(); }
  ~Sandbox() { clear(); }
  static void clear() {
    for (const char* name : {"AIGW_LISTEN", "AIGW_LOG_LEVEL", "AIGW_CONFIG", "AIGW_DB", "AIGW_HOME", "AIGW_MASTER_KEY",
                             "AIGW_MASTER_KEY_FILE", "AIGW_PROFILE", "AIGW_TIMEOUTS_IDLE"})
      ::unsetenv(name);
  }
  Paths paths(std::string_view toml) const {
    std::ofstream(folder / "aigw.toml") << toml;
    ::setenv("AIGW_HOME", folder.path().c_str(), 1);
    return *find_paths({});
  }
};

/// The block that this process was started with, as anyone of the same user can read it.
std::string initial_environment() {
  std::ifstream file("/proc/self/environ", std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return std::move(text).str();
}

}  // namespace

TEST_CASE("what is not ASCII belongs between quotes or in comments") {
  CHECK(parse_toml("# \xe6\xb3\xa8\n[server]\nlisten = \"127.0.0.1:1\" # \xe4\xb8\xad\n", "aigw.toml").ok());
  CHECK(parse_toml("\xEF\xBB\xBF[server]\r\nlisten = '127.0.0.1:1'\r\n", "aigw.toml").ok());
  const auto refused =
      parse_toml("[server]\nhosts = [\"\xe4\xb8\xad # \\\" \", '''\n\xe4''']\nlisten \xef\xbc\x9d 1\n", "aigw.toml");
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().message.starts_with("aigw.toml:4: a character that is not plain ASCII"));
}

TEST_CASE("a file with control characters is refused, not misread") {
  for (const std::string& text :
       {std::string("[\r\0\0server]\n", 12), std::string("\x01 = 1\n"), std::string("[server\0]\n", 10)})
    CHECK_FALSE(parse_toml(text, "aigw.toml").ok());
}

TEST_CASE("an empty file gives the defaults, and those of the wire are the wire's own") {
  const Config config = *parse_toml("", "aigw.toml");
  CHECK(config.server.listen.text() == "127.0.0.1:2449");
  CHECK(config.server.loops == 0);
  CHECK(config.ledger.durability == Durability::normal);
  CHECK(config.timeouts.gate == 15s);
  CHECK(config.limits.body_bytes == http::limits::kBodyBytes);
  CHECK(config.limits.header_bytes == http::limits::kHeadBytes);
  CHECK(config.limits.connections == http::limits::kClientConnections);
  CHECK(config.timeouts.client_head == http::limits::kHeadDeadline);
  CHECK(config.timeouts.client_body == http::limits::kBodyStall);
  CHECK(config.timeouts.keep_alive == http::limits::kIdleKeepAlive);
}

TEST_CASE("every section is read") {
  const auto parsed = parse_toml(R"(
[server]
listen = "[::1]:8080"
allowed_hosts = ["gw.example.com"]
loops = 4
allow_insecure_bind = true
[timeouts]
connect = "250ms"
first_byte = "5m"
drain = "1m"
[limits]
body_bytes = "8MiB"
header_bytes = 16384
connections = 100
[ledger]
durability = "full"
[log]
level = "debug"
[[providers]]
name = "local"
dialect = "openai-chat"
base_url = "http://127.0.0.1:9000/v1"
speaks = { anthropic-messages = "http://127.0.0.1:9000" }
allow_private = true
auth = "none"
[[providers]]
name = "cheap.host"
dialect = "openai-chat"
base_url = "https://api.example.com/v1"
prices = { "gpt-small" = { input = 0.15, output = 0.6, cache_read = 0.075 } }
)",
                                 "aigw.toml");
  REQUIRE_MESSAGE(parsed.ok(), parsed.error().text());
  CHECK(parsed->server.listen == ListenAddress{"::1", 8080});
  CHECK(parsed->server.allowed_hosts == std::vector<std::string>{"gw.example.com"});
  CHECK(parsed->server.loops == 4);
  CHECK(parsed->timeouts.connect == 250ms);
  CHECK(parsed->timeouts.first_byte == 5min);
  CHECK(parsed->limits.body_bytes == 8 << 20);
  CHECK(parsed->limits.header_bytes == 16384);
  CHECK(parsed->ledger.durability == Durability::full);
  CHECK(log::text_of(parsed->log.levels) == "debug");
  REQUIRE(parsed->providers.size() == 2);
  const Provider& local = parsed->providers[0];
  CHECK(local.name == "local");
  CHECK(local.allow_private);
  CHECK(local.speaks.at(0).dialect == "anthropic-messages");
  CHECK(local.line == 19);
  const OwnPrice& price = parsed->providers[1].prices.at(0);
  CHECK(price.model == "gpt-small");
  CHECK(price.input == PicoUsdPerToken{150'000});
  CHECK(price.cache_read == PicoUsdPerToken{75'000});
  CHECK(price.cache_write == price.input);
  CHECK(price.output == PicoUsdPerToken{600'000});
}

TEST_CASE("a mistake is named with its line and what was probably meant") {
  CHECK(refusal("[server]\nlisten = \"127.0.0.1:1\"\nloop = 2\n") ==
        "aigw.toml:3: unknown key \"loop\" in [server]. Did you mean \"loops\"?");
  CHECK(refusal("\n[sever]\n") == "aigw.toml:2: unknown key \"sever\" in the file. Did you mean \"server\"?");
  CHECK(refusal("[ledger]\nbanana = 1") ==
        "aigw.toml:2: unknown key \"banana\" in [ledger]. It takes: durability, keep, keep_bytes.");
  CHECK(refusal("[timeouts]\n\nidle = 30") ==
        "aigw.toml:3: idle must be a duration in quotes such as \"10s\" or \"500ms\", not a whole number");
  CHECK(refusal("[timeouts]\nidle = \"30\"")
            .find("aigw.toml:2: idle \"30\" is no duration. Give a whole number and a unit") == 0);
  CHECK(refusal("[timeouts]\nidle = \"0s\"") == "aigw.toml:2: idle must be between 1ms and 7d");
  CHECK(refusal("[server]\nloops = \"2\"") == "aigw.toml:2: loops must be a whole number, not a text");
  CHECK(refusal("[server]\nloops = -1") == "aigw.toml:2: loops must be between 0 and 64");
  CHECK(refusal("[server]\nallowed_hosts = [1]") ==
        "aigw.toml:2: allowed_hosts must be a text in quotes, not a whole number");
  CHECK(refusal("[limits]\nbody_bytes = 0") == "aigw.toml:2: body_bytes must be between 1 and 1GiB");
  CHECK(refusal("[ledger]\ndurability = \"ful\"") ==
        "aigw.toml:2: durability must be one of normal, full, not \"ful\"");
  CHECK(refusal("[log]\nlevel = \"loud\"") ==
        "aigw.toml:2: level \"loud\" is no log level. Choose debug, info, warn or error, and others for single areas: "
        "info,net=debug.");
  CHECK(refusal("[server\n").find("aigw.toml:1: ") == 0);
  CHECK(refusal("server = 1\n") == "aigw.toml:1: server must be a table, not a whole number");
}

TEST_CASE("providers that contradict themselves are refused") {
  constexpr std::string_view kOne =
      "[[providers]]\nname = \"a\"\ndialect = \"openai-chat\"\nbase_url = \"http://h/v1\"\n";
  const std::string one(kOne);
  CHECK(parse_toml(one, "f").ok());
  CHECK(parse_toml("[[providers]]\nname = \"openai\"\nkey_env = \"OPENAI_API_KEY\"", "f").ok());
  CHECK(refusal(one + one).find("aigw.toml:5: provider \"a\" already stands in line 1") == 0);
  CHECK(refusal("[[providers]]\ndialect = \"openai-chat\"").find("without a name") != std::string::npos);
  CHECK(refusal("[[providers]]\nname = \"A b\"").find("cannot be a provider's name") != std::string::npos);
  CHECK(refusal("[[providers]]\nname = \"a\"\ndialect = \"openai-chat\"").find("only one of dialect and base_url") !=
        std::string::npos);
  CHECK(refusal(one + "free = true\nprices_as = \"openai\"").find("both free and prices_as") != std::string::npos);
  CHECK(refusal(one + "auth = \"magic\"").find("\"aws-bedrock\" or \"none\"") != std::string::npos);
  CHECK(refusal(one + "base_ur = \"x\"").find("Did you mean \"base_url\"?") != std::string::npos);
  CHECK(refusal(one + "prices = { m = { input = 1.0 } }").find("not complete") != std::string::npos);
  CHECK(refusal(one + "prices = { m = { input = -1.0, output = 1.0 } }").find("between 0 and") != std::string::npos);
  CHECK(refusal("[providers]\nname = \"a\"").find("two brackets") != std::string::npos);
}

TEST_CASE("a key in the file is sealed, and one in clear is not repeated") {
  const std::string openai = "[[providers]]\nname = \"openai\"\n";
  CHECK(parse_toml(openai + "key = \"sealed:v1:00ff\"", "f")->providers[0].sealed_key == "sealed:v1:00ff");
  const std::string clear = refusal(openai + "key = \"sk-canary-in-clear\"");
  CHECK(clear.find("aigw config seal") != std::string::npos);
  CHECK(clear.find("canary") == std::string::npos);
  CHECK(refusal(openai + "key = \"sealed:v1:00ff\"\nkey_env = \"X\"").find("both key and key_env") !=
        std::string::npos);
}

TEST_CASE("exported providers read back the same") {
  const std::string toml = R"([[providers]]
name = "local"
dialect = "openai-chat"
base_url = "http://127.0.0.1:9000/v1"
auth = "none"
speaks = { anthropic-messages = "http://127.0.0.1:9000" }
allow_private = true
prices_as = "openai"

[[providers]]
name = "odd"
dialect = "openai-chat"
base_url = "https://h/\"quoted\\path\u0001"
free = true
[providers.prices]
"gpt \"x\"" = { input = 0.150001, output = 600.000000, cache_read = 0.000001, cache_write = 0.150001 }
)";
  const auto read = parse_toml(toml, "f");
  REQUIRE_MESSAGE(read.ok(), read.error().text());
  CHECK(toml_of(read->providers) == toml);
}

TEST_CASE("an address needs a numeric host and a port") {
  CHECK(ListenAddress::parse("localhost:0")->text() == "127.0.0.1:0");
  CHECK(ListenAddress::parse("[::]:65535")->text() == "[::]:65535");
  for (const char* wrong : {"", "2449", ":2449", "::1:2449", "[127.0.0.1]:80", "example.com:80",
                            "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:80x", "[::1]", "[]:80"}) {
    CAPTURE(wrong);
    CHECK_FALSE(ListenAddress::parse(wrong).ok());
  }
  CHECK(ListenAddress::parse("127.9.9.9:1")->is_loopback());
  CHECK(ListenAddress::parse("[::1]:1")->is_loopback());
  CHECK_FALSE(ListenAddress::parse("0.0.0.0:1")->is_loopback());
  CHECK_FALSE(ListenAddress::parse("[::]:1")->is_loopback());
}

TEST_CASE("listening beyond loopback must be asked for twice") {
  Server server;
  CHECK(check_bind(server).ok());
  server.listen = {"0.0.0.0", 2449};
  CHECK(check_bind(server).error().next.find("--allow-insecure-bind") != std::string::npos);
  server.allow_insecure_bind = true;
  CHECK(check_bind(server).ok());
}

TEST_CASE("a flag beats the environment, which beats the file, which beats the default") {
  const Sandbox sandbox;
  const Paths paths = sandbox.paths("[server]\nlisten = \"127.0.0.1:1001\"\n[log]\nlevel = \"warn\"");
  CHECK(load(paths, {})->server.listen.port == 1001);
  ::setenv("AIGW_LISTEN", "127.0.0.1:1002", 1);
  CHECK(load(paths, {})->server.listen.port == 1002);
  Flags flags = {{"server.listen", "127.0.0.1:1003"}};
  CHECK(load(paths, flags)->server.listen.port == 1003);
  CHECK(log::text_of(load(paths, flags)->log.levels) == "warn");
  ::setenv("AIGW_LISTEN", "nonsense", 1);
  CHECK(load(paths, {}).error().message.starts_with("AIGW_LISTEN: "));
  flags["server.listen"] = "nonsense";
  ::unsetenv("AIGW_LISTEN");
  CHECK(load(paths, flags).error().message.starts_with("--listen: "));
}

TEST_CASE("a profile goes over the file, and under the environment") {
  const Sandbox sandbox;
  Paths paths = sandbox.paths(R"([timeouts]
idle = "10s"
gate = "11s"
[[providers]]
name = "a"
dialect = "openai-chat"
base_url = "https://file.example/v1"
[profile.prod.timeouts]
idle = "20s"
[[profile.prod.providers]]
name = "a"
dialect = "openai-chat"
base_url = "https://prod.example/v1"
[[profile.prod.providers]]
name = "openai"
[profile.test.timeouts]
idle = "30s"
)");
  CHECK(load(paths, {})->timeouts.idle == 10s);
  paths.profile = "prod";
  const auto prod = load(paths, {});
  CHECK(prod->timeouts.idle == 20s);
  CHECK(prod->timeouts.gate == 11s);
  REQUIRE(prod->providers.size() == 2);
  CHECK(prod->providers[0].base_url == "https://prod.example/v1");
  CHECK(prod->providers[0].line == 10);
  ::setenv("AIGW_TIMEOUTS_IDLE", "40s", 1);
  CHECK(load(paths, {})->timeouts.idle == 40s);
}

TEST_CASE("each value knows where it was said last") {
  const Sandbox sandbox;
  Paths paths =
      sandbox.paths("[log]\nlevel = \"warn\"\n[timeouts]\ngate = \"1s\"\n[profile.dev.timeouts]\ngate = \"2s\"\n");
  paths.profile = "dev";
  ::setenv("AIGW_TIMEOUTS_IDLE", "40s", 1);
  const auto config = load(paths, {{"server.loops", "3"}});
  REQUIRE(config.ok());
  const std::string path = paths.config_file.string();
  using enum Source::Kind;
  const auto is = [&](std::string_view key, Source::Kind kind, const std::string& where) {
    CAPTURE(key);
    CHECK(config->source_of(key).kind == kind);
    CHECK(config->source_of(key).where == where);
  };
  is("log.level", file, path + ":2");
  is("timeouts.gate", profile, path + ":6");
  is("timeouts.idle", environment, "AIGW_TIMEOUTS_IDLE");
  is("server.loops", flag, "--loops");
  is("server.listen", default_value, "");
}

TEST_CASE("a mistake in a profile shows whichever profile is chosen") {
  CHECK(refusal("[profile.prod.timeouts]\nidel = \"1s\"") ==
        "aigw.toml:2: unknown key \"idel\" in [profile.prod.timeouts]. Did you mean \"idle\"?");
  CHECK(refusal("[profile.prodd.timeouts]\nidle = \"1s\"") ==
        "aigw.toml:1: unknown key \"prodd\" in [profile]. Did you mean \"prod\"?");
  CHECK(refusal("[profile.prod.profile.dev]\n").find("unknown key \"profile\" in [profile.prod]") != std::string::npos);
  CHECK(refusal("profile = \"prod\"").find("must be a table, not a text. Write [profile.prod.server]") !=
        std::string::npos);
}

TEST_CASE("a loader goes on knowing the secrets that it took") {
  const Sandbox sandbox;
  const Paths paths = sandbox.paths("[[providers]]\nname = \"openai\"\nkey_env = \"AIGW_TEST_KEY\"\n");
  ::setenv("AIGW_MASTER_KEY", "canary-master", 1);
  ::setenv("AIGW_TEST_KEY", "canary-provider", 1);
  Loader loader(paths, {});
  REQUIRE(loader.load().ok());
  ::setenv("AIGW_SECOND_KEY", "second", 1);
  std::ofstream(paths.config_file, std::ios::app) << "[[providers]]\nname = \"groq\"\nkey_env = \"AIGW_SECOND_KEY\"\n";
  const auto again = loader.load();
  REQUIRE(again.ok());
  CHECK(again->master_key.value.reveal() == "canary-master");
  CHECK(again->providers[0].key.reveal() == "canary-provider");
  CHECK(again->providers[1].key.reveal() == "second");
  ::unsetenv("AIGW_SECOND_KEY");
}

TEST_CASE("a file that was named must exist, the usual one need not") {
  const Sandbox sandbox;
  Paths paths = sandbox.paths("");
  std::filesystem::remove(paths.config_file);
  CHECK(load(paths, {}).ok());
  paths.config_named = true;
  CHECK(load(paths, {}).error().message.find("cannot read") == 0);
}

TEST_CASE("secrets leave the environment, for /proc too") {
  const Sandbox sandbox;
  const Paths paths = sandbox.paths(
      "[[providers]]\nname = \"a\"\nkey_env = \"AIGW_TEST_KEY\"\n[[providers]]\nname = \"b\"\nkey_env = "
      "\"AIGW_TEST_KEY\"");
  SUBCASE("the master key and providers' keys are taken once") {
    ::setenv("AIGW_MASTER_KEY", "canary-master", 1);
    ::setenv("AIGW_TEST_KEY", "canary-provider", 1);
    const auto config = load(paths, {});
    REQUIRE(config.ok());
    CHECK(config->master_key.value.reveal() == "canary-master");
    CHECK(config->providers[0].key.reveal() == "canary-provider");
    CHECK(config->providers[1].key.reveal() == "canary-provider");
    CHECK(std::getenv("AIGW_MASTER_KEY") == nullptr);
    CHECK(std::getenv("AIGW_TEST_KEY") == nullptr);
  }
  SUBCASE("the block that the process was started with is overwritten in place") {
    // Only a variable that was there at the start is in /proc/self/environ: take HOME's place as the canary.
    const char* home = std::getenv("HOME");
    if (!home || initial_environment().find(std::string("HOME=") + home + '\0') == std::string::npos) return;
    const std::string saved = home;
    const auto taken = take_environment_secret("HOME");
    REQUIRE(taken.has_value());
    CHECK(taken->reveal() == saved);
    CHECK(initial_environment().find("HOME=" + saved + '\0') == std::string::npos);
    ::setenv("HOME", saved.c_str(), 1);
  }
  SUBCASE("two sources of the master key are one too many") {
    ::setenv("AIGW_MASTER_KEY", "a", 1);
    ::setenv("AIGW_MASTER_KEY_FILE", "/b", 1);
    CHECK(load(paths, {}).error().next == "Unset one of them.");
  }
}
