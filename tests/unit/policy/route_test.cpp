#include "policy/route.hpp"

#include <doctest/doctest.h>

#include <array>

using namespace aigw;

namespace {

constexpr std::array kModels = {llm::ModelFact{.provider = "acme", .id = "m1", .capabilities = ""},
                                llm::ModelFact{.provider = "acme", .id = "shared", .capabilities = ""},
                                llm::ModelFact{.provider = "other", .id = "shared", .capabilities = ""}};
const llm::Registry kRegistry{{}, kModels, "2026-01-01", "test"};

struct World {
  policy::Snapshot snapshot;
  World() { snapshot.registry = &kRegistry; }
  policy::Provider& add(std::string name, llm::Dialect dialect = llm::Dialect::openai_chat) {
    policy::Provider provider;
    provider.name = std::move(name);
    provider.key = Secret("k");
    provider.endpoints.push_back({dialect, llm::Auth::bearer, {}});
    return snapshot.providers.emplace_back(std::move(provider));
  }
  std::string route(std::string_view model) const {
    const auto target = policy::route(snapshot, {llm::Dialect::openai_chat}, model);
    return target ? target->provider->name + ":" + target->model : std::string(target.error().code());
  }
};

}  // namespace

SCENARIO("provider/model names it, whatever lists say") {
  World world;
  world.add("a").models.emplace();
  world.add("b");
  CHECK(world.route("a/x") == "a:x");
  CHECK(world.route("b/org/x") == "b:org/x");
}

SCENARIO("the catalogue's provider goes before the user's own") {
  World world;
  world.add("acme").well_known = true;
  world.add("own");
  CHECK(world.route("m1") == "acme:m1");
  CHECK(world.route("m2") == "own:m2");
}

SCENARIO("a provider whose list is known serves what it lists") {
  World world;
  world.add("one").models.emplace().insert("llama");
  world.add("two").models.emplace().insert("qwen");
  CHECK(world.route("llama") == "one:llama");
  CHECK(world.route("qwen") == "two:qwen");
  CHECK(world.route("other") == "model_not_found");
}

SCENARIO("an alias that a provider's list leaves out is found by the catalogue") {
  World world;
  auto& one = world.add("one");
  one.models.emplace().insert("m1-20260101");
  one.pricing = {policy::Pricing::Kind::as_listed, "acme"};
  CHECK(world.route("m1") == "one:m1");
  CHECK(world.route("m2") == "model_not_found");
  auto two = one;
  two.name = "two";
  two.models->insert("m1");
  world.snapshot.providers.push_back(two);
  CHECK(world.route("m1") == "two:m1");
}

SCENARIO("a sole provider is asked for any model of the catalogue, since lists leave out names") {
  World world;
  world.add("one").models.emplace().insert("llama");
  CHECK(world.route("shared") == "one:shared");
  CHECK(world.route("sharde") == "model_not_found");
  world.add("two").models.emplace().insert("qwen");
  CHECK(world.route("shared") == "model_not_found");
}

SCENARIO("another dialect is translated where the caller says so, and the client's own is preferred") {
  using Others = policy::Wanted::Others;
  World world;
  world.add("claude", llm::Dialect::anthropic_messages).models.emplace().insert("m");
  const policy::Wanted any{llm::Dialect::openai_chat, Others::translated};
  CHECK(policy::route(world.snapshot, any, "m")->provider->name == "claude");
  CHECK(policy::route(world.snapshot, any, "m")->endpoint->dialect == llm::Dialect::anthropic_messages);
  CHECK(world.route("m") == "model_not_found");
  world.add("chat").models.emplace().insert("m");
  CHECK(policy::route(world.snapshot, any, "m")->provider->name == "chat");
}

SCENARIO("several candidates and no hint: the error names one") {
  World world;
  world.add("one");
  world.add("two");
  const auto target = policy::route(world.snapshot, {llm::Dialect::openai_chat}, "x");
  REQUIRE_FALSE(target.ok());
  CHECK(target.error().kind == ErrorKind::model_not_found);
  CHECK(target.error().text().find("\"one/x\"") != std::string::npos);

  World catalogued;
  catalogued.add("acme").well_known = true;
  catalogued.add("other").well_known = true;
  CHECK(catalogued.route("shared") == "model_not_found");
  CHECK(catalogued.route("m1") == "acme:m1");
}

SCENARIO("dialect and credential must fit") {
  World world;
  world.add("claude", llm::Dialect::anthropic_messages);
  CHECK(world.route("x") == "model_not_found");
  CHECK(world.route("claude/x") == "model_not_found");
  world.add("keyless").key = Secret();
  CHECK(world.route("keyless/x") == "no_credential");
  CHECK(World().route("x") == "model_not_found");
}

SCENARIO("a provider that shares its models out among dialects is asked in the model's, whatever the client speaks") {
  using enum llm::Dialect;
  World world;
  policy::Provider& cloud = world.add("cloud", gemini_generate);
  cloud.endpoints.push_back({.dialect = anthropic_messages, .auth = llm::Auth::bearer, .url = {}, .family = "claude"});
  const auto asked_in = [&](llm::Dialect client, std::string_view model, policy::Wanted::Others others) {
    const auto target = policy::route(world.snapshot, {client, others}, model);
    return target ? target->endpoint->dialect : none;
  };
  using enum policy::Wanted::Others;
  for (const llm::Dialect client : llm::kDialects) {
    CHECK(asked_in(client, "cloud/claude-x@1", translated) == anthropic_messages);
    CHECK(asked_in(client, "cloud/gemini-x", translated) == gemini_generate);
  }
  CHECK(asked_in(gemini_generate, "cloud/claude-x", refused) == none);
}
