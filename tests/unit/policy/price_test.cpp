#include "policy/price.hpp"

#include <doctest/doctest.h>

#include <limits>

using namespace aigw;
using policy::cost;

SCENARIO("a cost is the sum of its buckets, rounded half up to a nanodollar, once") {
  const policy::ModelPrice price{{37'500}, {1}, {2}, {600'000}};  // $0.0375 and $0.60 a million tokens
  CHECK(cost({.input = 1'000'000}, price)->value == 37'500'000);
  CHECK(cost({.cache_read = 499}, price)->value == 0);
  CHECK(cost({.cache_read = 500}, price)->value == 1);
  CHECK(cost({.input = 1, .cache_read = 1, .cache_write = 1, .output = 1}, price)->value == 638);  // 637,503 pUSD
  CHECK(cost({}, price)->value == 0);
}

SCENARIO("what cannot be a cost is an error, not a wrong number") {
  const policy::ModelPrice dear{{1'000'000'000}, {}, {}, {}};
  CHECK_FALSE(cost({.input = std::numeric_limits<std::int64_t>::max()}, dear).ok());
  for (const auto bucket :
       {&TokenUsage::input, &TokenUsage::cache_read, &TokenUsage::cache_write, &TokenUsage::output}) {
    TokenUsage usage;
    usage.*bucket = -1;
    CHECK_FALSE(cost(usage, dear).ok());
  }
}
