#include "store/sketch.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

using namespace aigw::store;

namespace {

/// Numbers without a pattern, the same each time.
struct Numbers {
  std::uint64_t state = 42;
  std::uint32_t next() {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<std::uint32_t>(state >> 33);
  }
};

}  // namespace

TEST_CASE("each quantile is within two percent of the exact one, over nine orders of magnitude") {
  for (const unsigned shift : {0U, 4U, 8U, 14U, 20U, 26U}) {
    Numbers numbers;
    LatencySketch sketch;
    std::vector<std::uint32_t> values;
    for (int i = 0; i < 20'000; ++i) {
      values.push_back(numbers.next() >> shift);
      sketch.add(values.back());
    }
    std::sort(values.begin(), values.end());
    for (const double q : {0.0, 0.01, 0.25, 0.5, 0.9, 0.95, 0.99, 0.999, 1.0}) {
      CAPTURE(shift);
      CAPTURE(q);
      const auto rank = std::max<std::size_t>(static_cast<std::size_t>(std::ceil(q * 20'000)), 1);
      const double exact = values[rank - 1];
      CHECK(std::abs(static_cast<double>(*sketch.quantile(q)) - exact) <= exact * 0.02);
    }
  }
}

TEST_CASE("a single value of any size is found again within two percent") {
  for (std::uint64_t value = 0; value <= UINT32_MAX; value = value * 21 / 20 + 1) {
    LatencySketch sketch;
    sketch.add(static_cast<std::uint32_t>(value));
    const double found = *sketch.quantile(0.5);
    REQUIRE(std::abs(found - static_cast<double>(value)) <= static_cast<double>(value) * 0.02);
  }
  LatencySketch sketch;
  sketch.add(UINT32_MAX);
  CHECK(*sketch.quantile(1) >= UINT32_MAX / 100 * 98);
}

TEST_CASE("merging parts gives what one sketch of all would hold, also through their bytes") {
  Numbers numbers;
  LatencySketch whole, left, right;
  for (int i = 0; i < 5'000; ++i) {
    const std::uint32_t value = numbers.next() >> (i % 20);
    whole.add(value);
    (i % 3 == 0 ? left : right).add(value);
  }
  LatencySketch merged = *LatencySketch::decode(left.encode());
  merged.merge(*LatencySketch::decode(right.encode()));
  CHECK(merged.encode() == whole.encode());
  CHECK(merged.count() == 5'000);
}

TEST_CASE("an empty sketch has no quantile and no bytes") {
  CHECK_FALSE(LatencySketch{}.quantile(0.5).has_value());
  CHECK(LatencySketch{}.encode().empty());
  CHECK(LatencySketch::decode("")->count() == 0);
}

TEST_CASE("bytes that are no sketch are refused") {
  CHECK_FALSE(LatencySketch::decode("\x01").has_value());
  CHECK_FALSE(LatencySketch::decode("\xff\xff").has_value());
  CHECK_FALSE(LatencySketch::decode("\xff\xff\x7f\x01").has_value());
}

TEST_CASE("the sketch of a busy hour stays small") {
  Numbers numbers;
  LatencySketch sketch;
  for (int i = 0; i < 100'000; ++i) sketch.add(200'000 + numbers.next() % 2'000'000);
  CHECK(sketch.encode().size() < 600);
}
