#pragma once
// Trades service accounts for OAuth tokens: in one background thread that begins with the first request for one, ahead
// of each token's end while requests come, at most one call a credential at a time. Tokens live in memory alone.

#include "ops/service_account.hpp"
#include "policy/snapshot.hpp"
#include "policy/token_source.hpp"

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

namespace aigw::server {

/// Where private addresses are allowed, the token URI may be one too.
struct TokenTrade {
  ops::ServiceAccount account;
  bool allow_private = false;
};

/// Asks the token URI, and waits: at most some ten seconds.
/// @errors those of ops::read_token_answer; upstream_unreachable, upstream_timeout; bad_request: a token URI that is
/// not allowed
Result<ops::AccessToken> trade_for_token(const TokenTrade& trade);

class TokenMint {
 public:
  using Ask = std::function<Result<ops::AccessToken>(const TokenTrade&)>;
  explicit TokenMint(Ask ask = trade_for_token, std::function<Instant()> clock = steady_now)
      : ask_(std::move(ask)), clock_(std::move(clock)) {}
  ~TokenMint() { stop(); }

  /// The same for the same credential, as long as somebody holds it. The mint outlives its use.
  std::shared_ptr<policy::TokenSource> source_for(const policy::Provider& provider);
  void stop();

 private:
  class Source;
  void fetch_soon(std::weak_ptr<Source> source);
  void run();

  const Ask ask_;
  const std::function<Instant()> clock_;
  std::mutex mutex_;  // guards the rest
  std::condition_variable condition_;
  std::map<std::pair<crypto::Sha256, bool>, std::weak_ptr<Source>> sources_;  ///< by key, and allow_private
  std::deque<std::weak_ptr<Source>> due_;                                     ///< each source at most once
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace aigw::server
