#include "ops/providers.hpp"

#include "ops/credentials.hpp"
#include "ops/models.hpp"
#include "ops/snapshot.hpp"
#include "tests/support/ops_fixture.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace aigw;
using test::local_provider;

namespace {

const ops::ProviderView* named(const std::vector<ops::ProviderView>& rows, std::string_view name) {
  const auto at = std::ranges::find(rows, name, [](const auto& row) { return std::string_view(row.provider.name); });
  return at == rows.end() ? nullptr : &*at;
}

}  // namespace

TEST_CASE_FIXTURE(test::OpsFixture, "a well-known provider is called as soon as it has a key, and no sooner") {
  CHECK_FALSE((*ops::load_snapshot(context))->provider("acme"));
  REQUIRE(ops::put_credential(context, "acme", "default", Secret("  sk-acme-0123456789abcd\n")).ok());
  const auto snapshot = ops::load_snapshot(context);
  REQUIRE(snapshot.ok());
  const auto* acme = (*snapshot)->provider("acme");
  REQUIRE(acme);
  CHECK(acme->well_known);
  CHECK(acme->key.reveal() == "sk-acme-0123456789abcd");
  CHECK((*snapshot)->price(*acme, "rocket-1")->output == PicoUsdPerToken{600'000});
  CHECK_FALSE((*snapshot)->price(*acme, "rocket-9"));

  const auto rows = ops::list_credentials(context);
  REQUIRE(rows->size() == 1);
  CHECK(rows->front().hint == "abcd");
  REQUIRE(ops::remove_credential(context, "acme").ok());
  CHECK_FALSE((*ops::load_snapshot(context))->provider("acme"));
}

TEST_CASE_FIXTURE(test::OpsFixture, "an added provider is in the next snapshot, changed by set and gone by rm") {
  auto said = local_provider("mine");
  said.prices_as = "acme";
  said.speaks = {{"anthropic-messages", "http://127.0.0.1:9000"}};
  REQUIRE(ops::add_provider(context, said).ok());
  CHECK(ops::add_provider(context, said).error().kind == ErrorKind::conflict);
  CHECK(changes == 1);
  const auto added = ops::load_snapshot(context);
  const auto* mine = (*added)->provider("mine");
  REQUIRE(mine);
  CHECK(mine->speaks(llm::Dialect::anthropic_messages));
  CHECK((*added)->price(*mine, "rocket-1")->input == PicoUsdPerToken{150'000});

  said.prices_as.clear();
  said.free = true;
  said.speaks.clear();
  REQUIRE(ops::set_provider(context, said).ok());
  const auto changed = ops::load_snapshot(context);
  CHECK((*changed)->price(*(*changed)->provider("mine"), "anything")->input == PicoUsdPerToken{0});
  CHECK_FALSE((*changed)->provider("mine")->speaks(llm::Dialect::anthropic_messages));

  REQUIRE(ops::put_credential(context, "mine", "default", Secret("sk-mine-0123456789")).ok());
  REQUIRE(ops::remove_provider(context, "mine").ok());
  CHECK_FALSE((*ops::load_snapshot(context))->provider("mine"));
  CHECK(ops::list_credentials(context)->empty());
}

TEST_CASE_FIXTURE(test::OpsFixture,
                  "what stands in the configuration file is changed there, and a name in both is an error") {
  REQUIRE(ops::add_provider(context, local_provider("mine")).ok());
  auto entry = local_provider("mine");
  entry.line = 12;
  context.config->replace(test::config_with({entry}));

  const auto refused = ops::load_snapshot(context);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().kind == ErrorKind::conflict);
  CHECK(refused.error().message.find("line 12") != std::string::npos);
  CHECK(ops::set_provider(context, local_provider("mine")).error().kind == ErrorKind::conflict);
  const auto rows = ops::list_providers(context);
  REQUIRE(rows.ok());
  CHECK(named(*rows, "mine")->problem);

  REQUIRE(ops::remove_provider(context, "mine").ok());
  const auto snapshot = ops::load_snapshot(context);
  REQUIRE(snapshot.ok());
  CHECK((*snapshot)->provider("mine"));
  CHECK(ops::remove_provider(context, "mine").error().kind == ErrorKind::conflict);
}

TEST_CASE_FIXTURE(test::OpsFixture, "the file's key goes before a stored one, and is not replaced from here") {
  auto entry = local_provider("mine");
  entry.key_env = "MINE_KEY";
  entry.key = Secret("sk-from-the-environment");
  context.config->replace(test::config_with({entry}));
  CHECK((*ops::load_snapshot(context))->provider("mine")->key.reveal() == "sk-from-the-environment");
  const auto refused = ops::put_credential(context, "mine", "default", Secret("sk-other-0123456789"));
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().message.find("MINE_KEY") != std::string::npos);
}

TEST_CASE_FIXTURE(test::OpsFixture, "a broken entry of the file is named by its line") {
  auto entry = local_provider("mine");
  entry.allow_private = false;
  entry.line = 7;
  context.config->replace(test::config_with({entry}));
  const auto refused = ops::load_snapshot(context);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().kind == ErrorKind::config);
  CHECK(refused.error().message.find("line 7") != std::string::npos);
}

TEST_CASE_FIXTURE(test::OpsFixture, "secrets that would split a header are refused, and never repeated") {
  for (const char* secret : {"", "two words", "line\nbreak", "caf\xc3\xa9"}) {
    const auto refused = ops::put_credential(context, "acme", "default", Secret(secret));
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().param == "secret");
    CHECK(refused.error().text().find("two words") == std::string::npos);
  }
  CHECK(ops::put_credential(context, "acmee", "default", Secret("sk-0123456789")).error().next.find("acme") !=
        std::string::npos);
}

TEST_CASE_FIXTURE(test::OpsFixture, "models are the catalogue's until the provider's own list is learnt") {
  REQUIRE(ops::put_credential(context, "acme", "default", Secret("sk-acme-0123456789")).ok());
  context.probe = [](const ops::ProbeTarget& target) -> Result<ops::ProbeResult> {
    CHECK(target.key.reveal() == "sk-acme-0123456789");
    ops::ProbeResult answer;
    answer.status = 200;
    answer.models = {"rocket-2", "rocket-3", "rocket-2"};
    return answer;
  };
  CHECK(ops::list_models(context)->size() == 3);
  const auto learnt = ops::learn_models(context, "acme", std::chrono::seconds(1));
  REQUIRE(learnt.ok());
  CHECK(*learnt == std::vector<std::string>{"rocket-2", "rocket-3"});
  const int changes_then = changes;
  CHECK(ops::learn_models(context, "acme", std::chrono::seconds(1)).ok());
  CHECK(changes == changes_then);  // nothing new: no write, no line in the audit log, no new snapshot
  const auto models = ops::list_models(context);
  REQUIRE(models->size() == 3);
  CHECK(models->at(0).id == "rocket-2");
  CHECK(models->at(0).price_source == "list");
  CHECK(models->at(1).id == "rocket-3");
  CHECK(models->at(1).price_source == "none");
  CHECK_FALSE(models->at(2).callable);
}

TEST_CASE_FIXTURE(test::OpsFixture,
                  "a probe asks every callable provider, and learning keeps what was known when it fails") {
  REQUIRE(ops::add_provider(context, local_provider("up")).ok());
  REQUIRE(ops::add_provider(context, local_provider("down")).ok());
  context.probe = [](const ops::ProbeTarget& target) -> Result<ops::ProbeResult> {
    if (target.provider == "down") return make_error(ErrorKind::upstream_unreachable, "connection refused");
    ops::ProbeResult answer;
    answer.status = 200;
    answer.latency_us = 1500;
    return answer;
  };
  const auto reports = ops::probe(context, {}, std::chrono::seconds(1));
  REQUIRE(reports.ok());
  REQUIRE(reports->size() == 2);
  CHECK(reports->at(0).provider == "down");
  CHECK_FALSE(reports->at(0).healthy());
  CHECK(reports->at(1).healthy());
  const std::vector<std::string> unknown = {"dwon"};
  CHECK(ops::probe(context, unknown, std::chrono::seconds(1)).error().next.find("\"down\"") != std::string::npos);
  CHECK(ops::learn_models(context, "down", std::chrono::seconds(1)).error().kind == ErrorKind::upstream_unreachable);
  CHECK(ops::learn_models(context, "up", std::chrono::seconds(1)).error().kind == ErrorKind::upstream_invalid);
}
