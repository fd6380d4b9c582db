#pragma once
// Tells when a provider's bytes come so fast that reading them one event at a time costs more than it helps: a replayed
// or cached stream, never a model that writes. Of one answer; one thread.

#include "base/time.hpp"

#include <chrono>
#include <cstddef>

namespace aigw::net {

class Flood {
 public:
  /// How long a reader of a flood lets it gather: then many events take one read and one write.
  static constexpr std::chrono::microseconds kGather{200};

  explicit Flood(Instant now) : window_began_(now) {}

  /// A read brought `bytes` where it had `room` for so many.
  void count(std::size_t bytes, std::size_t room, Instant now) {
    all_read_ = bytes < room;
    bytes_ += bytes;
    const auto windows = (now - window_began_) / kWindow;
    if (windows == 0) return;
    is_flood_ = bytes_ >= static_cast<std::size_t>(windows) * kBytesAWindow;
    bytes_ = 0;
    window_began_ = now;
  }
  /// A flood, of which nothing more is there at this moment.
  bool wants_to_gather() const { return is_flood_ && all_read_; }

 private:
  static constexpr std::chrono::milliseconds kWindow{1};
  static constexpr std::size_t kBytesAWindow = 4'096;  // events come faster than ten thousand a second

  Instant window_began_;
  std::size_t bytes_ = 0;
  bool is_flood_ = false;
  bool all_read_ = false;
};

}  // namespace aigw::net
