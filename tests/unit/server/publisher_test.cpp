#include "server/publisher.hpp"

#include "tests/support/ops_fixture.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace aigw;
using namespace std::chrono_literals;

namespace {

struct PublisherFixture : test::OpsFixture {
  gateway::Gateway base() const {
    gateway::Gateway made;
    made.registry = context.registry;
    return made;
  }
};

config::Config with_idle(std::chrono::milliseconds idle) {
  config::Config config;
  config.timeouts.idle = idle;
  config.sources["timeouts.idle"] = {config::Source::Kind::file, "aigw.toml:2"};
  return config;
}

}  // namespace

TEST_CASE_FIXTURE(PublisherFixture, "a reload takes over what can change, and leaves the rest for the next start") {
  server::Publisher publisher(context, base());
  REQUIRE(publisher.first().ok());
  config::Config fresh = with_idle(7s);
  fresh.server.loops = 3;
  fresh.master_key.file = "/elsewhere";
  fresh.sources["server.loops"] = {config::Source::Kind::file, "aigw.toml:5"};
  const auto taken = publisher.reload(fresh);
  REQUIRE_MESSAGE(taken.ok(), taken.error().text());
  CHECK(taken->live == "timeouts.idle");
  CHECK(taken->at_restart == "server.loops");
  const auto held = context.config->get();
  CHECK(held->timeouts.idle == 7s);
  CHECK(held->source_of("timeouts.idle").where == "aigw.toml:2");
  CHECK(held->server.loops == 0);
  CHECK(held->master_key.file.empty());
  CHECK(held->source_of("server.loops").kind == config::Source::Kind::default_value);
  CHECK((*publisher.first())->settings.idle == 7s);
}

TEST_CASE_FIXTURE(PublisherFixture,
                  "a configuration that is wrong anywhere changes nothing, and is told until one is right") {
  server::Publisher publisher(context, base());
  REQUIRE(publisher.first().ok());
  config::Config fresh = with_idle(7s);
  SUBCASE("a provider's dialect") {
    fresh.providers = {test::local_provider("local")};
    fresh.providers[0].dialect = "opnai-chat";
  }
  SUBCASE("a sealed key of another database") {
    fresh.providers = {test::local_provider("local")};
    fresh.providers[0].sealed_key = "sealed:v1:00ff";
  }
  SUBCASE("an address beyond loopback") { fresh.server.listen = {"0.0.0.0", 2449}; }
  const auto refused = publisher.reload(fresh);
  REQUIRE_FALSE(refused.ok());
  publisher.keep(refused.error());
  CHECK(context.config->get()->timeouts.idle == 120s);
  CHECK((*publisher.first())->settings.idle == 120s);
  CHECK((*publisher.first())->config_problem == refused.error().text());
  REQUIRE(publisher.reload(with_idle(8s)).ok());
  CHECK((*publisher.first())->config_problem.empty());
}
