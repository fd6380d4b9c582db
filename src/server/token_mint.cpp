#include "server/token_mint.hpp"

#include "base/log.hpp"
#include "net/blocking_client.hpp"

#include <algorithm>

namespace aigw::server {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds kRenewAhead{300};  // of a token of an hour; of shorter ones, a quarter of their life
constexpr seconds kSpare{10};        // a token that ends while its request is on the way is of no use
constexpr seconds kYoung{60};
constexpr seconds kFailureHolds{5};
constexpr milliseconds kConnect{5'000};
constexpr milliseconds kRead{10'000};
constexpr std::size_t kAnswerBytesMax = 64 * 1024;

}  // namespace

Result<ops::AccessToken> trade_for_token(const TokenTrade& trade) {
  AIGW_TRY(ops::check_token_uri(trade.account, trade.allow_private));
  AIGW_TRY_ASSIGN(const Secret form, ops::token_request(trade.account, wall_now()));
  net::BlockingRequest request;
  request.base_url = trade.account.token_uri;
  request.reach = trade.allow_private ? net::Reach::private_too : net::Reach::public_only;
  request.method = "POST";
  request.path = "";  // the URI has it
  request.headers.add("content-type", "application/x-www-form-urlencoded");
  request.body = form.reveal();
  request.connect_timeout = kConnect;
  request.read_timeout = kRead;
  request.body_bytes_max = kAnswerBytesMax;
  auto answer = net::send_and_wait(request);
  crypto::wipe(request.body.data(), request.body.size());
  if (!answer) return std::move(answer).error().within("the token end-point");
  auto token = ops::read_token_answer(answer->status, answer->body);
  crypto::wipe(answer->body.data(), answer->body.size());
  return token;
}

class TokenMint::Source final : public policy::TokenSource, public std::enable_shared_from_this<Source> {
 public:
  Source(TokenMint& mint, const policy::Provider& provider) : mint_(mint), allow_private_(provider.allow_private) {
    if (auto account = ops::read_service_account(provider.key))
      account_ = *std::move(account);
    else
      broken_ = std::move(account).error();
  }

  Look look(Instant now) override {
    bool fetch = false;
    Look seen;
    {
      const std::lock_guard lock(mutex_);
      const bool is_held_back = failure_ && now < again_at_;
      fetch = !broken_ && !fetching_ && !is_held_back && (!token_ || now >= renew_at_);
      fetching_ = fetching_ || fetch;
      if (token_ && now < ends_at_)
        seen.token = token_;
      else if (broken_)
        seen.failure = broken_;
      else if (is_held_back)
        seen.failure = failure_;
    }
    if (fetch) mint_.fetch_soon(weak_from_this());
    return seen;
  }

  void drop(const std::shared_ptr<const Secret>& token) override {
    const std::lock_guard lock(mutex_);
    // One that is just made is refused for another reason, and the next one would be too.
    if (token_ == token && mint_.clock_() - made_at_ >= kYoung) token_.reset();
  }

  /// On the mint's thread.
  void fetch() {
    auto fresh = mint_.ask_({account_, allow_private_});
    const Instant now = mint_.clock_();
    if (!fresh) log::warn("token_not_fetched", {{"account", account_.email}, {"error", fresh.error().text()}});
    const std::lock_guard lock(mutex_);
    fetching_ = false;
    failure_.reset();
    if (!fresh) {
      failure_ = std::move(fresh).error();
      again_at_ = now + kFailureHolds;
      return;
    }
    const seconds lifetime = fresh->lifetime;
    token_ = std::make_shared<const Secret>(std::move(fresh->text));
    made_at_ = now;
    ends_at_ = now + lifetime - std::min(kSpare, lifetime / 4);
    renew_at_ = now + lifetime - std::min(kRenewAhead, lifetime / 4);
  }

 private:
  TokenMint& mint_;
  ops::ServiceAccount account_;
  std::optional<Error> broken_;  ///< why the credential is none
  const bool allow_private_;

  std::mutex mutex_;  // guards the rest
  std::shared_ptr<const Secret> token_;
  Instant made_at_{};
  Instant renew_at_{};
  Instant ends_at_{};
  std::optional<Error> failure_;
  Instant again_at_{};
  bool fetching_ = false;
};

std::shared_ptr<policy::TokenSource> TokenMint::source_for(const policy::Provider& provider) {
  const std::pair who(crypto::sha256(provider.key.reveal()), provider.allow_private);
  const std::lock_guard lock(mutex_);
  std::erase_if(sources_, [](const auto& entry) { return entry.second.expired(); });
  if (auto there = sources_[who].lock()) return there;
  auto made = std::make_shared<Source>(*this, provider);
  sources_[who] = made;
  return made;
}

void TokenMint::fetch_soon(std::weak_ptr<Source> source) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    due_.push_back(std::move(source));
    if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
  }
  condition_.notify_one();
}

void TokenMint::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  condition_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void TokenMint::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    condition_.wait(lock, [this] { return stopping_ || !due_.empty(); });
    if (stopping_) return;
    const std::shared_ptr<Source> next = due_.front().lock();
    due_.pop_front();
    lock.unlock();
    if (next) next->fetch();
    lock.lock();
  }
}

}  // namespace aigw::server
