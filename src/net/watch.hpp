#pragma once
// One coarse timer for a whole loop: a tick asks every watched wait whether its time has come, instead of a timer an
// operation. What it finds it cancels; the wait then learns why. One thread.

#include "base/time.hpp"

#include <cstdint>
#include <vector>

namespace aigw::net {

/// A connection's wait for I/O. Registered with its loop while the connection lives.
class Watched {
 public:
  enum class Cut : std::uint8_t { none, deadline, elapsed, client_gone, stopping };

  virtual ~Watched() = default;
  /// Looks whether the current wait is over; called some times a second.
  virtual void on_tick(Instant now) = 0;
  /// The loop is stopping: idle waits end now.
  virtual void on_stop() = 0;
  /// The loop's patience is over: every wait ends now.
  virtual void on_cut() = 0;

  std::size_t watch_index = 0;  ///< the loop's business
};

class WatchList {
 public:
  void add(Watched& one) {
    one.watch_index = list_.size();
    list_.push_back(&one);
  }
  void remove(Watched& one) {
    list_[one.watch_index] = list_.back();
    list_[one.watch_index]->watch_index = one.watch_index;
    list_.pop_back();
  }
  bool empty() const { return list_.empty(); }
  std::size_t size() const { return list_.size(); }
  /// `visit` only cancels operations: their completions run later, so the list does not change meanwhile.
  template <class F>
  void each(F&& visit) {
    for (Watched* one : list_) visit(*one);
  }

 private:
  std::vector<Watched*> list_;
};

}  // namespace aigw::net
