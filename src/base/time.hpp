#pragma once
// Two clocks: the wall's for people and rows, the steady one for deadlines. Only base/time asks the system.

#include <chrono>
#include <compare>
#include <cstdint>
#include <string>

namespace aigw {

/// Milliseconds since 1970 on the wall clock. May jump.
struct UnixMillis {
  std::int64_t value = 0;
  auto operator<=>(const UnixMillis&) const = default;
};

/// A point on the steady clock. Never jumps; meaningless across processes.
using Instant = std::chrono::steady_clock::time_point;
using Duration = std::chrono::steady_clock::duration;

UnixMillis wall_now();
inline Instant steady_now() { return std::chrono::steady_clock::now(); }
inline std::int64_t micros_between(Instant from, Instant to) {
  return std::chrono::duration_cast<std::chrono::microseconds>(to - from).count();
}

/// "2026-11-25T20:09:09.123Z"
std::string to_iso8601(UnixMillis at);

}  // namespace aigw
