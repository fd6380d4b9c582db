#include "adapters/model_traits.hpp"

#include <doctest/doctest.h>

using namespace aigw;

TEST_CASE("a model's rules are the same wherever it is served") {
  for (const auto name : {"claude-opus-4-7", "anthropic/claude-opus-4-7", "us.anthropic.claude-opus-4-7-v1:0",
                          "arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-opus-4-7-v1:0"}) {
    CAPTURE(name);
    CHECK(adapters::model_traits(name).refuses_sampling);
    CHECK(adapters::model_traits(name).output_tokens_max == 128'000);
  }
  CHECK_FALSE(adapters::model_traits("us.anthropic.unheard-of").refuses_sampling);
}
