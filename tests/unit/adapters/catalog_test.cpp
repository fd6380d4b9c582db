#include "adapters/catalog.hpp"

#include "adapters/registry.hpp"
#include "json/dom.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <fstream>
#include <iterator>
#include <string>

using namespace aigw;

TEST_CASE("the catalogue knows the models that people use, in exact picodollars") {
  const auto* mini = adapters::registry().model("openai", "gpt-4o-mini");
  REQUIRE(mini);
  CHECK(mini->input_pico_usd == 150'000);
  CHECK(mini->cache_read_pico_usd == 75'000);
  CHECK(mini->output_pico_usd == 600'000);
  CHECK(mini->context_tokens_max == 128'000);

  const auto* haiku = adapters::registry().model("anthropic", "claude-haiku-4-5");
  REQUIRE(haiku);
  CHECK(haiku->cache_read_pico_usd == 100'000);
  CHECK(haiku->cache_write_pico_usd == 1'250'000);
  CHECK(adapters::registry().model("openai", "claude-haiku-4-5") == nullptr);
}

TEST_CASE("a write to a cache that is not charged extra costs what input costs") {
  for (const auto& fact : adapters::catalog()) {
    CAPTURE(fact.id);
    CHECK(fact.cache_write_pico_usd >= fact.input_pico_usd);
    CHECK(fact.cache_read_pico_usd <= fact.input_pico_usd);
    CHECK_FALSE(fact.capabilities.empty());
  }
}

TEST_CASE("prices agree with the larger table of facts, where that is at hand") {
  std::ifstream file(AIGW_SOURCE_DIR "/../shared/data/models.json");
  if (!file) {
    MESSAGE("skipped: ../shared/data/models.json is not here");
    return;
  }
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const auto facts = json::parse_dom(text);
  REQUIRE(facts.ok());
  const auto pico = [](const json::Dom& fact, const char* name) {
    return fact.contains(name) && fact[name].is_number() ? std::llround(fact[name].get<double>() * 1e6) : -1;
  };
  int compared = 0;
  for (const auto& fact : *facts) {
    if (!fact.contains("model")) continue;
    const auto* ours =
        adapters::registry().model(fact["provider"].get<std::string>(), fact["model"].get<std::string>());
    if (!ours || fact["litellm_key"] != fact["model"]) continue;
    ++compared;
    CAPTURE(ours->id);
    CHECK(ours->input_pico_usd == pico(fact, "input_cost_per_million"));
    CHECK(ours->output_pico_usd == pico(fact, "output_cost_per_million"));
    if (const auto read = pico(fact, "cache_read_cost_per_million"); read >= 0)
      CHECK(ours->cache_read_pico_usd == read);
    if (const auto write = pico(fact, "cache_write_cost_per_million"); write >= 0)
      CHECK(ours->cache_write_pico_usd == write);
  }
  CHECK(compared > 100);
}
