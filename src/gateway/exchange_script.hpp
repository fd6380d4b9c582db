#pragma once
// What the files of Exchange share: how its scripts hand a step to the driver. Included by them alone.

#include "gateway/exchange.hpp"

#include <algorithm>

namespace aigw::gateway {

// g++ 12 destroys temporaries of a `co_await` expression twice when they come out of a conditional: name them first.

/// Awaiting it hands step_ to the driver; the event comes back.
struct Exchange::Perform {
  Exchange& exchange;
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> script) noexcept { exchange.waiting_ = script; }
  const Event& await_resume() const noexcept { return *exchange.event_; }
};

inline Exchange::Perform Exchange::perform(Step::Kind kind) {
  step_.kind = kind;
  return {*this};
}

template <class... Pieces>
Exchange::Perform Exchange::send(const Pieces&... pieces) {
  step_.piece_count = 0;
  const auto add = [this](std::string_view piece) {
    if (!piece.empty()) step_.pieces[step_.piece_count++] = piece;
  };
  (add(pieces), ...);
  return perform(Step::Kind::send);
}

inline std::uint32_t micros(Instant from, Instant to) {
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(micros_between(from, to), 0, UINT32_MAX));
}

/// Some providers quote the key they refuse. Ours stays ours.
void hide_key(std::string& body, const Secret& key);

}  // namespace aigw::gateway
