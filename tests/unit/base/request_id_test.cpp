#include "base/request_id.hpp"

#include <doctest/doctest.h>

using namespace aigw;

namespace {
constexpr UnixMillis kNoon{1'795'608'000'000};
}

TEST_CASE("an id knows its moment and survives being printed") {
  RequestIdMaker maker(3, {});
  const RequestId id = maker.next(kNoon);
  CHECK(id.at() == kNoon);
  CHECK(id.text().size() == 17);
  CHECK(id.text().starts_with("req_"));
  CHECK(RequestId::parse(id.text()) == id);
  CHECK(RequestId::parse(id.text().substr(4)) == id);
}

TEST_CASE("what is no id is not read as one") {
  for (const char* text :
       {"", "req_", "req_0", "req_0000000000000x", "req_8000000000000", "req_000000000000u", "REQ_0000000000000"}) {
    CAPTURE(text);
    CHECK_FALSE(RequestId::parse(text).has_value());
  }
  CHECK(RequestId::parse("req_7zzzzzzzzzzzz")->value == INT64_MAX);
}

TEST_CASE("ids grow: within a millisecond, when the clock goes back, and after a restart") {
  RequestIdMaker maker(0, {});
  RequestId last = maker.next(kNoon);
  for (int i = 0; i < 70'000; ++i) {
    const RequestId id = maker.next(kNoon);
    REQUIRE(id > last);
    last = id;
  }
  CHECK(last.at().value == kNoon.value + 1);  // 65'536 a millisecond, then it runs ahead
  CHECK(maker.next({kNoon.value - 3'600'000}) > last);

  RequestIdMaker restarted(0, last);
  CHECK(restarted.next({kNoon.value - 1000}) > last);
  RequestIdMaker other_loop(1, last);
  CHECK(other_loop.next({0}) > last);
}

TEST_CASE("a clock that jumps centuries ahead leaves room for growing ids, before and after it is set right") {
  RequestIdMaker maker(5, {});
  RequestId last = maker.next({kNoon.value + 300LL * 365 * 86'400'000});
  for (int restart = 0; restart < 1'000; ++restart) {
    RequestIdMaker restarted(5, last);
    for (int i = 0; i < 3; ++i) {
      const RequestId id = restarted.next(kNoon);
      REQUIRE(id > last);
      REQUIRE(id.at() >= last.at());
      last = id;
    }
  }
}

TEST_CASE("text order is id order, and a moment divides older from newer ids") {
  RequestIdMaker maker(63, {});
  const RequestId before = maker.next({kNoon.value - 1});
  const RequestId after = maker.next(kNoon);
  CHECK(before.text() < after.text());
  CHECK(before < RequestId::first_at(kNoon));
  CHECK_FALSE(after < RequestId::first_at(kNoon));
  CHECK(RequestId::first_at({0}).value == 0);
}

TEST_CASE("loops never make the same id") {
  RequestIdMaker one(0, {}), two(1, {});
  for (int i = 0; i < 100; ++i) CHECK(one.next(kNoon) != two.next(kNoon));
}
