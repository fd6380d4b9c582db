#pragma once
// Short-lived tokens for which a stored credential is traded. One a credential, living on across snapshots. Any thread.

#include "base/error.hpp"
#include "base/secret.hpp"
#include "base/time.hpp"

#include <memory>
#include <optional>

namespace aigw::policy {

class TokenSource {
 public:
  virtual ~TokenSource() = default;

  struct Look {
    std::shared_ptr<const Secret> token;
    std::optional<Error> failure;  ///< neither: one is being fetched, look again
  };
  /// A look-up, never a wait: what is missing or about to end is fetched elsewhere, once for all who ask.
  virtual Look look(Instant now) = 0;
  /// The provider does not take this one: the next look is for another.
  virtual void drop(const std::shared_ptr<const Secret>& token) = 0;
};

}  // namespace aigw::policy
