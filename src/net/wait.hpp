#pragma once
// What one connection waits for at the moment, and until when. The tick asks whether that time has come; who cuts the
// wait notes why, for the one who waited. One thread.

#include "base/time.hpp"
#include "net/watch.hpp"

#include <cstdint>

namespace aigw::net {

using Cut = Watched::Cut;

enum class WaitFor : std::uint8_t { nothing, idle, idle_released, client, client_write, connecting, upstream, pause };

class Wait {
 public:
  /// Until `deadline`, which fails what is waited for, or `wake_at`, which does not.
  void begin(WaitFor what, Instant deadline, Instant wake_at = Instant::max()) {
    what_ = what;
    deadline_ = deadline;
    wake_at_ = wake_at;
    cut_ = Cut::none;
  }
  void end() {
    what_ = WaitFor::nothing;
    refresh();
  }

  WaitFor what() const { return what_; }
  /// Why the running or the last wait was cut; none: it was not.
  Cut cut() const { return cut_; }
  void note_cut(Cut why) { cut_ = why; }
  bool can_be_cut() const { return what_ != WaitFor::nothing && cut_ == Cut::none; }
  /// Deadline or elapsed when that time has come, else none.
  Cut due(Instant now) const {
    if (now >= deadline_) return Cut::deadline;
    return now >= wake_at_ ? Cut::elapsed : Cut::none;
  }

  /// When the last wait ended: what follows takes microseconds.
  Instant now() const { return now_; }
  void refresh() { now_ = steady_now(); }

 private:
  WaitFor what_ = WaitFor::nothing;
  Cut cut_ = Cut::none;
  Instant deadline_{};
  Instant wake_at_{};
  Instant now_ = steady_now();
};

}  // namespace aigw::net
