// The small value types: money, tokens, ids, time, secrets.
#include "base/ids.hpp"
#include "base/money.hpp"
#include "base/secret.hpp"
#include "base/time.hpp"
#include "base/tokens.hpp"

#include <doctest/doctest.h>

#include <concepts>
#include <ostream>
#include <unordered_set>

using namespace aigw;

namespace {
template <class T>
concept Printable = requires(std::ostream& out, const T& value) {
  out << value;
};
template <class A, class B>
concept Comparable = requires(const A& a, const B& b) {
  a == b;
};
}  // namespace

TEST_CASE("what must not mix does not compile") {
  CHECK_FALSE(Comparable<KeyId, CredentialId>);
  CHECK_FALSE(Comparable<NanoUsd, PicoUsdPerToken>);
  CHECK_FALSE(Comparable<UnixMillis, Instant>);
  CHECK_FALSE(std::convertible_to<std::int64_t, KeyId>);
  CHECK_FALSE(Printable<Secret>);
  CHECK_FALSE(Comparable<Secret, Secret>);
}

TEST_CASE("sums of money are exact") {
  NanoUsd sum;
  for (int i = 0; i < 1'000'000; ++i) sum += NanoUsd{1};
  CHECK(sum == NanoUsd{1'000'000});
}

TEST_CASE("an id of 0 is none, and ids serve as keys of maps") {
  CHECK_FALSE(KeyId{});
  CHECK(KeyId{7});
  CHECK(std::unordered_set<KeyId>{{1}, {2}, {1}}.size() == 2);
}

TEST_CASE("times are printed in UTC with milliseconds") {
  CHECK(to_iso8601({0}) == "1970-01-01T00:00:00.000Z");
  CHECK(to_iso8601({1'709'210'096'007}) == "2024-02-29T12:34:56.007Z");
  CHECK(micros_between(Instant{}, Instant{} + std::chrono::milliseconds(3)) == 3000);
}

TEST_CASE("a secret can be given on, and is gone from where it was") {
  Secret key(std::string(100, 'k'));
  const Secret copy = key;
  const Secret moved = std::move(key);
  CHECK(moved.reveal() == std::string(100, 'k'));
  CHECK(copy.reveal() == moved.reveal());
  CHECK(key.empty());  // NOLINT: that is the question
}
