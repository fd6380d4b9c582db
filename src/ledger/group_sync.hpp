#pragma once
// Brings one writer's records to the disk, on a thread of its own: all that wait while an fdatasync runs share the next
// one, and where several do, it waits a little for more. What nobody waits for yet goes along with what somebody does,
// or by itself after 20 ms. The writer's loop asks, the thread answers.

#include "ledger/segment.hpp"

#include <atomic>
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

  /// Wants everything that `segment` holds now. The loop's thread.
  void ask(SegmentPtr segment);
  /// The same, but it may wait for company. The loop's thread.
  void ask_soon(SegmentPtr segment);
  /// What was asked for may not wait any longer. The loop's thread.
  void hurry();
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
  void run();
  void want(SegmentPtr segment);

  std::uint64_t last_mark_ = 0;
  std::atomic<std::uint64_t> synced_mark_{0};
  std::atomic<bool> failed_{false};
  std::mutex sync_mutex_;  ///< the kernel tells a file's failure once: who hears it has to note it before another asks

  std::mutex mutex_;
  std::condition_variable asked_;
  std::condition_variable stopped_;
  std::uint64_t wanted_mark_ = 0;
  SegmentPtr wanted_;
  unsigned waiting_ = 0;  ///< how many of what is wanted may not wait
  bool idle_ = false;     ///< the thread sleeps until anything is wanted
  std::function<void()> wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace aigw::ledger
