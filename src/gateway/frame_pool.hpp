#pragma once
// Memory for coroutine frames. Each request needs the same few sizes as the one before it, so a freed frame waits for
// the next of its size instead of going through the allocator. One pool a thread; what it keeps is bounded.

#include <array>
#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>

namespace aigw::gateway {

class FramePool {
 public:
  static void* take(std::size_t bytes) {
    const std::size_t rank = rank_of(bytes);
    if (rank >= kRanks) return ::operator new(bytes);
    Kept& kept = mine().kept_[rank];
    if (kept.first == nullptr) return ::operator new((rank + 1) * kStepBytes);
    --kept.count;
    return std::exchange(kept.first, kept.first->next);
  }

  static void give(void* frame, std::size_t bytes) noexcept {
    const std::size_t rank = rank_of(bytes);
    if (rank >= kRanks) return ::operator delete(frame);
    Kept& kept = mine().kept_[rank];
    if (kept.count == kKeptMax) return ::operator delete(frame);
    ++kept.count;
    kept.first = new (frame) Free{kept.first};
  }

 private:
  static constexpr std::size_t kStepBytes = 64;
  static constexpr std::size_t kRanks = 16;      // frames up to 1 KiB
  static constexpr std::uint32_t kKeptMax = 64;  // of one size: 544 KiB a thread at the very most

  struct Free {
    Free* next;
  };
  struct Kept {
    Free* first = nullptr;
    std::uint32_t count = 0;
  };

  FramePool() = default;
  FramePool(const FramePool&) = delete;
  ~FramePool() {
    for (Kept& kept : kept_)
      while (kept.first != nullptr) ::operator delete(std::exchange(kept.first, kept.first->next));
  }

  static std::size_t rank_of(std::size_t bytes) { return (bytes - 1) / kStepBytes; }
  static FramePool& mine() {
    thread_local FramePool pool;
    return pool;
  }

  std::array<Kept, kRanks> kept_;
};

}  // namespace aigw::gateway
