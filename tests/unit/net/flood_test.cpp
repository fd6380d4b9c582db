#include "net/flood.hpp"

#include <doctest/doctest.h>

using namespace std::chrono_literals;
using aigw::Instant;
using aigw::net::Flood;

namespace {

constexpr std::size_t kRoom = 8'192;
constexpr std::size_t kEventBytes = 300;

/// Reads one event each `every`, for so long; whether the reader would gather then.
bool after(Flood& flood, Instant& now, std::chrono::nanoseconds every, std::chrono::nanoseconds lasting) {
  for (const Instant end = now + lasting; now < end; now += every) flood.count(kEventBytes, kRoom, now);
  return flood.wants_to_gather();
}

}  // namespace

TEST_CASE("a model's events are read one by one, however fast it writes") {
  for (const auto every : {20ms, 2ms, 1ms}) {
    Instant now{};
    Flood flood(now);
    CHECK_FALSE(after(flood, now, every, 500ms));
  }
}

TEST_CASE("a replayed stream is gathered from its second millisecond on, and no longer once it slows down") {
  Instant now{};
  Flood flood(now);
  CHECK_FALSE(after(flood, now, 5us, 900us));
  CHECK(after(flood, now, 5us, 2ms));
  CHECK_FALSE(after(flood, now, 20ms, 100ms));
}

TEST_CASE("gathered reads keep a flood one: fewer of them bring the same bytes") {
  Instant now{};
  Flood flood(now);
  REQUIRE(after(flood, now, 5us, 2ms));
  for (int i = 0; i < 100; ++i) {
    now += Flood::kGather;
    flood.count(1'500, kRoom, now);
    CHECK(flood.wants_to_gather());
  }
}

TEST_CASE("what did not fit into a read is read at once") {
  Instant now{};
  Flood flood(now);
  REQUIRE(after(flood, now, 5us, 2ms));
  flood.count(kRoom, kRoom, now);
  CHECK_FALSE(flood.wants_to_gather());
}
