#pragma once
// Wakes the ingester, and costs a writer one fence and one load when it is awake already. Any thread.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>

namespace aigw::ledger {

class IngestSignal {
 public:
  /// After publishing: wakes the ingester if it sleeps.
  void notify() noexcept {
    // Pairs with the fence in wait_unless: either we see it asleep, or it sees what we published.
    full_fence();
    if (asleep_.load(std::memory_order_relaxed)) wake();
  }

  /// Sleeps until `notify`, unless `ready()` says there is work; at most `timeout`. One thread.
  template <class Ready>
  void wait_unless(Ready ready, std::chrono::milliseconds timeout) {
    std::unique_lock lock(mutex_);
    asleep_.store(true, std::memory_order_relaxed);
    full_fence();
    if (!ready()) condition_.wait_for(lock, timeout, [this] { return !asleep_.load(std::memory_order_relaxed); });
    asleep_.store(false, std::memory_order_relaxed);
  }

 private:
  void full_fence() noexcept {
#if defined(__SANITIZE_THREAD__)
    fence_.fetch_add(1, std::memory_order_seq_cst);  // TSan knows no fences; this orders as well, but shares a line
#else
    std::atomic_thread_fence(std::memory_order_seq_cst);
#endif
  }

  void wake() noexcept {
    {
      const std::lock_guard lock(mutex_);
      asleep_.store(false, std::memory_order_relaxed);
    }
    condition_.notify_one();
  }

  std::atomic<bool> asleep_{false};
#if defined(__SANITIZE_THREAD__)
  std::atomic<unsigned> fence_{0};
#endif
  std::mutex mutex_;
  std::condition_variable condition_;
};

}  // namespace aigw::ledger
