#include "ops/model_facts.hpp"

#include "tests/support/ops_fixture.hpp"

#include <algorithm>

using namespace aigw;
using namespace aigw::ops;
using test::OpsFixture;

namespace {

const llm::ModelFact& fact(const std::vector<llm::ModelFact>& facts, std::string_view id) {
  const auto found = std::ranges::find(facts, id, &llm::ModelFact::id);
  REQUIRE(found != facts.end());
  return *found;
}

using Row = store::ModelFactRow;

Row row(std::string provider, std::string model) {
  Row out;
  out.provider = std::move(provider);
  out.model = std::move(model);
  return out;
}
/// The same with one fact more.
template <class Fact, class Value>
Row with(Row out, Fact Row::*fact, Value value) {
  out.*fact = value;
  return out;
}

}  // namespace

SCENARIO("what is said of a model lies over the catalogue, member by member") {
  const std::vector<Row> said = {
      with(row("acme", "rocket-1"), &Row::output_pico_usd, 700'000),
      with(with(row("acme", "rocket-9"), &Row::input_pico_usd, 10), &Row::output_pico_usd, 20)};
  const auto merged = merged_facts(test::kTestRegistry, said);
  CHECK(merged.size() == 4);
  CHECK(fact(merged, "rocket-1").output_pico_usd == 700'000);
  CHECK(fact(merged, "rocket-1").input_pico_usd == 150'000);
  CHECK(fact(merged, "rocket-1").capabilities == "chat tools");
  CHECK(fact(merged, "rocket-9").cache_read_pico_usd == 10);
  CHECK(fact(merged, "rocket-9").context_tokens_max == 0);
  CHECK(std::ranges::is_sorted(merged, {}, [](const auto& one) { return std::pair(one.provider, one.id); }));
}

SCENARIO("a model that nobody has priced stays unpriced") {
  const std::vector<Row> said = {with(row("acme", "x"), &Row::context_tokens_max, 1'000)};
  CHECK(fact(merged_facts(test::kTestRegistry, said), "x").input_pico_usd == -1);
  CHECK(fact(merged_facts(test::kTestRegistry, said), "x").cache_read_pico_usd == -1);
}

SCENARIO("a list is stored in place of the one before, as far as its providers are known") {
  OpsFixture ops;
  const auto file = [](const std::string& model) {
    return R"({")" + model + R"(": {"litellm_provider": "acme", "mode": "chat"},
               "other": {"litellm_provider": "nobody", "mode": "chat"}})";
  };
  const auto first = import_models(ops.context, file("a"));
  REQUIRE(first.ok());
  CHECK(first->source == "litellm");
  CHECK(first->models == 1);
  CHECK(first->left_out == 1);
  REQUIRE(import_models(ops.context, file("b")).ok());
  CHECK(ops.changes == 2);
  const auto removed = remove_imported_models(ops.context);
  REQUIRE(removed.ok());
  CHECK(*removed == 1);
  const auto useless = import_models(ops.context, R"({"m": {"litellm_provider": "nobody", "mode": "chat"}})");
  REQUIRE_FALSE(useless);
  CHECK(useless.error().kind == ErrorKind::bad_request);
}

SCENARIO("a correction names a provider that there is, and says something that makes sense") {
  OpsFixture ops;
  const Row priced = with(row("acme", "rocket-1"), &Row::input_pico_usd, 5);
  CHECK(set_model(ops.context, priced).ok());
  CHECK(set_model(ops.context, with(priced, &Row::provider, "nobody")).error().kind == ErrorKind::not_found);
  for (const Row& wrong : {row("acme", "m"), with(priced, &Row::model, ""), with(priced, &Row::context_tokens_max, 0),
                           with(priced, &Row::input_pico_usd, -5), with(priced, &Row::capabilities, "chat\nvision")})
    CHECK(set_model(ops.context, wrong).error().kind == ErrorKind::bad_request);
  CHECK(remove_model(ops.context, "acme", "rocket-1").ok());
  CHECK(remove_model(ops.context, "acme", "rocket-1").error().kind == ErrorKind::not_found);
}
