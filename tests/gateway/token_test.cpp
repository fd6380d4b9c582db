// Providers whose key is traded for tokens.

#include "base/text.hpp"
#include "policy/token_source.hpp"
#include "scripted_exchange.hpp"

#include <doctest/doctest.h>

using namespace aigw;
using namespace aigw::test;

namespace {

constexpr std::string_view kChat = R"({"model":"local/llama","messages":[{"role":"user","content":"hi"}]})";

/// Says what the test tells it to say.
struct Said : policy::TokenSource {
  Look next;
  std::shared_ptr<const Secret> dropped;
  Look look(Instant) override { return next; }
  void drop(const std::shared_ptr<const Secret>& token) override { dropped = token; }
};

struct World {
  std::shared_ptr<Said> tokens = std::make_shared<Said>();
  ScriptedExchange exchange{"/v1/chat/completions", std::string(kChat)};

  World() {
    auto made = std::make_shared<policy::Snapshot>(*snapshot());
    for (policy::Provider& provider : made->providers)
      if (provider.name == "local") provider.tokens = tokens;
    exchange.gateway().snapshot = made;
  }
  void give(std::string_view token) { tokens->next.token = std::make_shared<const Secret>(std::string(token)); }
};

bool has(std::string_view text, std::string_view word) { return text::contains(text, word); }

}  // namespace

SCENARIO("a token goes instead of the key, at once when it is there") {
  World world;
  world.give("ya29.one");
  REQUIRE(world.exchange.start().kind == Step::Kind::call);
  CHECK(has(world.exchange.upstream_head(), "authorization: Bearer ya29.one\r\n"));
  CHECK_FALSE(has(world.exchange.upstream_head(), "sk-provider"));
}

SCENARIO("a request waits for a token that is being fetched, and for no longer than its patience") {
  World world;
  REQUIRE(world.exchange.start().kind == Step::Kind::pause);
  world.exchange.pass(seconds(1));
  REQUIRE(world.exchange.happen(Event::Kind::elapsed).kind == Step::Kind::pause);
  WHEN("it comes") {
    world.give("ya29.one");
    world.exchange.pass(seconds(1));
    CHECK(world.exchange.happen(Event::Kind::elapsed).kind == Step::Kind::call);
  }
  WHEN("it does not come") {
    world.exchange.pass(seconds(30));
    world.exchange.happen(Event::Kind::elapsed);
    CHECK(world.exchange.finished());
    CHECK(world.exchange.rows()[0].status == 504);
  }
  WHEN("the client leaves") {
    world.exchange.happen(Event::Kind::client_gone);
    CHECK(world.exchange.finished());
    REQUIRE(world.exchange.rows().size() == 1);
    CHECK(world.exchange.rows()[0].outcome == ledger::Outcome::aborted);
    CHECK(world.exchange.calls() == 0);
  }
}

SCENARIO("without a token there is no call, and the error says why") {
  World world;
  world.tokens->next.failure = make_error(ErrorKind::upstream_auth, "refused there");
  world.exchange.start();
  CHECK(world.exchange.finished());
  CHECK(world.exchange.calls() == 0);
  CHECK(has(world.exchange.client_bytes(), "HTTP/1.1 502"));
  CHECK(has(world.exchange.client_bytes(), "the key of the provider 'local': refused there"));
  CHECK(world.exchange.rows().size() == 1);
}

SCENARIO("a token that the provider refuses is not used again, and not shown when the provider quotes it") {
  World world;
  world.give("ya29.one");
  world.exchange.start();
  const std::vector<std::pair<std::string, std::string>> json = {{"content-type", "application/json"}};
  WHEN("it is refused") {
    world.exchange.answer_head(401, json);
    CHECK(world.tokens->dropped == world.tokens->next.token);
  }
  WHEN("it is quoted") {
    world.exchange.answer_head(403, json);
    world.exchange.answer_bytes(R"({"error":{"message":"ya29.one may not do that"}})", true);
    CHECK_FALSE(has(world.exchange.client_bytes(), "ya29.one"));
    CHECK_FALSE(world.tokens->dropped);
  }
}
