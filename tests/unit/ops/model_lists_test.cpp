#include "ops/model_lists.hpp"

#include "tests/support/ops_fixture.hpp"

using namespace aigw;
using namespace aigw::ops;

namespace {

std::vector<store::ModelFactRow> rows(std::string_view file, std::vector<std::string> names) {
  const auto list = read_model_list(file);
  REQUIRE(list.ok());
  return rows_for(*list, names, test::kTestRegistry);
}

}  // namespace

SCENARIO("LiteLLM's list: dollars a token, one member a model") {
  const auto found = rows(R"({
    "sample_spec": {"litellm_provider": "one of ...", "mode": "..."},
    "acme/rocket-3": {"litellm_provider": "acme", "mode": "chat", "max_input_tokens": 128000, "max_output_tokens": 8192,
      "input_cost_per_token": 1.5e-07, "output_cost_per_token": 6e-07, "cache_read_input_token_cost": 7.5e-08,
      "supports_function_calling": true, "supports_vision": true},
    "paint": {"litellm_provider": "acme", "mode": "image_generation", "output_cost_per_image": 0.04},
    "koan": {"litellm_provider": "elsewhere", "mode": "chat"}})",
                          {"acme", "zen"});
  REQUIRE(found.size() == 1);
  CHECK(found[0].provider == "acme");
  CHECK(found[0].model == "rocket-3");
  CHECK(found[0].source == "litellm");
  CHECK(found[0].context_tokens_max == 128'000);
  CHECK(found[0].output_tokens_max == 8'192);
  CHECK(found[0].input_pico_usd == 150'000);
  CHECK(found[0].cache_read_pico_usd == 75'000);
  CHECK_FALSE(found[0].cache_write_pico_usd);
  CHECK(found[0].output_pico_usd == 600'000);
  CHECK(found[0].capabilities == "chat tools vision");
}

SCENARIO("models.dev's list: dollars a million tokens, one member a provider") {
  const auto found = rows(R"({"acme-inc": {"env": ["ACME_API_KEY"], "models": {
    "rocket-3": {"tool_call": true, "reasoning": true, "modalities": {"input": ["text", "image"]},
                 "cost": {"input": 0.15, "output": 0.6}, "limit": {"context": 128000, "output": 8192}},
    "rocket-embed": {}}}})",
                          {"acme"});
  REQUIRE(found.size() == 2);
  CHECK(found[0].provider == "acme");
  CHECK(found[0].input_pico_usd == 150'000);
  CHECK(found[0].capabilities == "chat tools vision reasoning");
  CHECK(found[1].capabilities == "embeddings");
}

SCENARIO("a provider is found under the names that lists use for it") {
  const auto list_of = [](const std::string& word) {
    return R"({"m": {"litellm_provider": ")" + word + R"(", "mode": "chat"}})";
  };
  CHECK(rows(list_of("acme"), {"acme"}).size() == 1);
  CHECK(rows(list_of("acme_ai"), {"acme"}).size() == 1);
  CHECK(rows(list_of("acme_bank"), {"acme"}).empty());

  constexpr std::array kEndpoints = {llm::Endpoint{llm::Dialect::openai_chat, "https://x.test", llm::Auth::bearer}};
  const std::array specs = {llm::ProviderSpec{"qwen", "DASHSCOPE_API_KEY", kEndpoints}};
  const llm::Registry registry{specs, {}, "2026-07-24", "made up"};
  const auto list = read_model_list(list_of("dashscope"));
  REQUIRE(list.ok());
  const std::vector<std::string> names = {"qwen"};
  const auto found = rows_for(*list, names, registry);
  REQUIRE(found.size() == 1);
  CHECK(found[0].provider == "qwen");
}

SCENARIO("what is no list is refused, and numbers without sense are left out") {
  for (const char* file : {"", "[]", "{}", R"({"a": 1})", R"({"a": {"models": []}})"})
    CHECK_FALSE(read_model_list(file));
  const auto found = rows(
      R"({"m": {"litellm_provider": "acme", "mode": "chat", "max_tokens": -1, "input_cost_per_token": "cheap",
          "output_cost_per_token": -0.1}})",
      {"acme"});
  REQUIRE(found.size() == 1);
  CHECK_FALSE(found[0].context_tokens_max);
  CHECK_FALSE(found[0].input_pico_usd);
  CHECK_FALSE(found[0].output_pico_usd);
}
