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
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (asleep_.load(std::memory_order_relaxed)) wake();
  }

  /// Sleeps until `notify`, unless `ready()` says there is work; at most `timeout`. One thread.
  template <class Ready>
  void wait_unless(Ready ready, std::chrono::milliseconds timeout) {
    std::unique_lock lock(mutex_);
    asleep_.store(true, std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (!ready()) condition_.wait_for(lock, timeout, [this] { return !asleep_.load(std::memory_order_relaxed); });
    asleep_.store(false, std::memory_order_relaxed);
  }

 private:
  void wake() noexcept {
    {
      const std::lock_guard lock(mutex_);
      asleep_.store(false, std::memory_order_relaxed);
    }
    condition_.notify_one();
  }

  std::atomic<bool> asleep_{false};
  std::mutex mutex_;
  std::condition_variable condition_;
};

}  // namespace aigw::ledger
