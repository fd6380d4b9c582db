#pragma once
// Brings one writer's records to the disk, on a thread of its own: all that wait while an fdatasync runs share the next
// one, and where several do, it waits a little for more. What nobody waits for yet goes along with what somebody does,
// or by itself after 20 ms. The writer's loop asks, the thread answers; a loop with nothing else to do may sync by
// itself, since waking the thread and being woken costs half as much as the sync.

#include "ledger/segment.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>

namespace aigw::ledger {

class GroupSync {
 public:
  GroupSync();
  ~GroupSync();  ///< what was asked for is synced before

  /// Wants everything that `segment` holds now on the disk within 20 ms. The loop's thread.
  void want(SegmentPtr segment);
  /// Somebody waits for what is wanted. The loop's thread.
  void ask();
  /// Syncs what is wanted on the caller's thread, if the last sync was quick and the other thread runs none now. True:
  /// it is done, or it failed. The loop's thread.
  bool sync_if_quick();
  /// Here and now, on the caller's thread. False: it failed, and so did this object.
  bool sync(const Segment& segment);
  /// Of the last that was asked for. The loop's thread.
  std::uint64_t last_mark() const { return last_mark_; }
  /// Every mark up to this one is on the disk. Any thread.
  std::uint64_t synced_mark() const { return synced_mark_.load(std::memory_order_acquire); }
  /// A sync failed, so marks beyond synced_mark() are lost: the kernel drops dirty pages after such an error, a second
  /// try would lie. Any thread.
  bool failed() const { return failed_.load(std::memory_order_acquire); }
  /// `wake` is called after every sync, on this object's thread; an empty one takes it back.
  void on_synced(std::function<void()> wake);

 private:
  using Clock = std::chrono::steady_clock;
  struct Wanted {
    SegmentPtr segment;
    std::uint64_t mark = 0;
    unsigned waiting = 0;  ///< who may not wait for more
  };

  void run();
  /// @pre mutex_ is held; afterwards nothing is wanted
  Wanted take_wanted();
  /// @pre sync_mutex_ is held
  bool sync_noted(const Segment& segment);
  void sync_wanted(const Wanted& wanted);

  std::uint64_t last_mark_ = 0;
  std::atomic<std::uint64_t> synced_mark_{0};
  std::atomic<bool> failed_{false};
  std::mutex sync_mutex_;  ///< the kernel tells a file's failure once: who hears it has to note it before another asks
  Clock::duration last_took_ = Clock::duration::max();

  std::mutex mutex_;
  std::condition_variable asked_;
  std::condition_variable stopped_;
  Wanted wanted_;
  bool idle_ = false;  ///< the thread sleeps until anything is wanted
  std::function<void()> wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace aigw::ledger
