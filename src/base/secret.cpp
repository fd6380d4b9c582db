#include "base/secret.hpp"

#include "base/crypto.hpp"

namespace aigw {

void Secret::wipe() noexcept {
  // A moved-from short string keeps its characters in place, and a shrunk one keeps them behind its end.
  text_.resize(text_.capacity());
  crypto::wipe(text_.data(), text_.size());
  text_.clear();
}

}  // namespace aigw
