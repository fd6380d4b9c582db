#include "server/token_mint.hpp"

#include "tests/support/rsa_key.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <condition_variable>
#include <vector>

using namespace aigw;
using namespace std::chrono_literals;
using server::TokenMint;

namespace {

/// A mint whose clock and token end-point the test plays.
class Workshop {
 public:
  Workshop() {
    provider.name = "cloud";
    provider.key = test::service_account_json();
  }
  ~Workshop() {
    answer("late");  // nobody waits for ever
    mint.stop();
  }

  std::shared_ptr<policy::TokenSource> source() { return mint.source_for(provider); }
  std::string token(policy::TokenSource& from) {
    const auto seen = from.look(now.load());
    return seen.token ? std::string(seen.token->reveal()) : seen.failure ? std::string(seen.failure->code()) : "";
  }
  /// The answer to a question that is or will be asked; returns when `source` has it.
  void answer(std::string text, std::chrono::seconds lifetime = 3600s) {
    put(ops::AccessToken{Secret(std::move(text)), lifetime});
  }
  void refuse() { put(make_error(ErrorKind::upstream_auth, "refused")); }
  /// Until the mint has taken what it was answered.
  std::string settled(policy::TokenSource& from, std::string_view not_this = "") {
    for (;;) {
      const std::string seen = token(from);
      if (!seen.empty() && seen != not_this) return seen;
      std::this_thread::sleep_for(1ms);
    }
  }
  void await_asked(int times) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return asked_ >= times; });
  }
  int asked() {
    const std::lock_guard lock(mutex_);
    return asked_;
  }

  std::atomic<Instant> now = steady_now();
  policy::Provider provider;

 private:
  void put(Result<ops::AccessToken> one) {
    {
      const std::lock_guard lock(mutex_);
      answers_.push_back(std::move(one));
    }
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Result<ops::AccessToken>> answers_;
  int asked_ = 0;

 public:
  TokenMint mint{[this](const server::TokenTrade&) -> Result<ops::AccessToken> {
                   std::unique_lock lock(mutex_);
                   ++asked_;
                   changed_.notify_all();
                   changed_.wait(lock, [&] { return !answers_.empty(); });
                   auto first = std::move(answers_.front());
                   answers_.erase(answers_.begin());
                   return first;
                 },
                 [this] { return now.load(); }};
};

}  // namespace

SCENARIO("a token is fetched once for all who ask, and kept") {
  Workshop shop;
  const auto source = shop.source();
  for (int i = 0; i < 50; ++i) CHECK(shop.token(*source).empty());
  shop.answer("one");
  CHECK(shop.settled(*source) == "one");
  shop.now = shop.now.load() + 54min;
  CHECK(shop.token(*source) == "one");
  CHECK(shop.asked() == 1);
}

SCENARIO("a token is renewed ahead of its end, while the old one goes on") {
  Workshop shop;
  const auto source = shop.source();
  shop.answer("one");
  CHECK(shop.token(*source).empty());
  CHECK(shop.settled(*source) == "one");
  shop.now = shop.now.load() + 56min;
  for (int i = 0; i < 50; ++i) CHECK(shop.token(*source) == "one");
  shop.await_asked(2);
  shop.answer("two");
  CHECK(shop.settled(*source, "one") == "two");
  CHECK(shop.asked() == 2);
}

SCENARIO("a token that ended is not handed out") {
  Workshop shop;
  const auto source = shop.source();
  shop.answer("one", 40s);
  CHECK(shop.token(*source).empty());
  CHECK(shop.settled(*source) == "one");
  shop.now = shop.now.load() + 31s;
  CHECK(shop.token(*source).empty());
}

SCENARIO("a failure is told to all at once for a while, then another try is made; a token in force outlives it") {
  Workshop shop;
  const auto source = shop.source();
  shop.refuse();
  CHECK(shop.token(*source).empty());
  CHECK(shop.settled(*source) == "upstream_auth");
  for (int i = 0; i < 50; ++i) CHECK(shop.token(*source) == "upstream_auth");
  CHECK(shop.asked() == 1);
  shop.now = shop.now.load() + 6s;
  shop.answer("one");
  CHECK(shop.token(*source).empty());
  CHECK(shop.settled(*source) == "one");

  shop.now = shop.now.load() + 56min;
  shop.refuse();
  CHECK(shop.token(*source) == "one");
  shop.await_asked(3);
  for (int i = 0; i < 50; ++i) CHECK(shop.token(*source) == "one");
}

SCENARIO("a token that the provider refuses is replaced, but not one that was just made") {
  Workshop shop;
  const auto source = shop.source();
  shop.answer("one");
  CHECK(shop.token(*source).empty());
  CHECK(shop.settled(*source) == "one");
  source->drop(source->look(shop.now.load()).token);
  CHECK(shop.token(*source) == "one");
  shop.now = shop.now.load() + 2min;
  source->drop(source->look(shop.now.load()).token);
  shop.answer("two");
  CHECK(shop.settled(*source) == "two");
}

SCENARIO("one credential has one source, whatever snapshot asks; another credential has another") {
  Workshop shop;
  const auto source = shop.source();
  CHECK(shop.source() == source);
  shop.provider.allow_private = true;
  CHECK(shop.source() != source);
}

SCENARIO("a credential that is none says so, and nobody is asked") {
  Workshop shop;
  shop.provider.key = Secret(R"({"type":"authorized_user"})");
  const auto source = shop.source();
  CHECK(shop.token(*source) == "bad_request");
  CHECK(shop.asked() == 0);
}
