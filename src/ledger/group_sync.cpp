#include "ledger/group_sync.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace aigw::ledger {
namespace {

using std::chrono::microseconds;

constexpr microseconds kSoon{20'000};
constexpr microseconds kLingerMax{1'000};
/// A disk that takes longer keeps no event loop waiting.
constexpr microseconds kQuick{500};

}  // namespace

GroupSync::GroupSync() : thread_([this] { run(); }) {}

GroupSync::~GroupSync() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  asked_.notify_one();
  stopped_.notify_one();
  thread_.join();
}

void GroupSync::want(SegmentPtr segment) {
  bool wake;
  {
    const std::lock_guard lock(mutex_);
    wanted_.segment = std::move(segment);
    wanted_.mark = ++last_mark_;
    wake = idle_;
  }
  if (wake) asked_.notify_one();
}

void GroupSync::ask() {
  {
    const std::lock_guard lock(mutex_);
    if (!wanted_.segment) return;
    ++wanted_.waiting;
  }
  asked_.notify_one();
}

GroupSync::Wanted GroupSync::take_wanted() { return std::exchange(wanted_, {}); }

bool GroupSync::sync_if_quick() {
  const std::unique_lock syncing(sync_mutex_, std::try_to_lock);
  if (!syncing || last_took_ > kQuick) return false;
  Wanted wanted;
  {
    const std::lock_guard lock(mutex_);
    wanted = take_wanted();
  }
  if (!wanted.segment) return false;  // the thread has just taken it
  sync_wanted(wanted);
  return true;
}

bool GroupSync::sync(const Segment& segment) {
  const std::lock_guard lock(sync_mutex_);
  return sync_noted(segment);
}

bool GroupSync::sync_noted(const Segment& segment) {
  if (::fdatasync(segment.file.get()) != 0) failed_.store(true, std::memory_order_release);
  return !failed();
}

void GroupSync::sync_wanted(const Wanted& wanted) {
  const auto began = Clock::now();
  // Who was later to take what is wanted may have been the first to sync it.
  if (sync_noted(*wanted.segment)) synced_mark_.store(std::max(wanted.mark, synced_mark()), std::memory_order_release);
  last_took_ = Clock::now() - began;
}

void GroupSync::on_synced(std::function<void()> wake) {
  const std::lock_guard lock(mutex_);
  wake_ = std::move(wake);
}

void GroupSync::run() {
  Clock::duration linger{0};
  std::unique_lock lock(mutex_);
  for (;;) {
    // Between requests it counts the time by itself: the next one need not wake it to be synced soon.
    asked_.wait_for(lock, kSoon, [this] { return stopping_ || wanted_.waiting > 0; });
    if (!wanted_.segment) {
      if (stopping_) return;
      idle_ = true;
      asked_.wait(lock, [this] { return stopping_ || wanted_.segment; });
      idle_ = false;
      continue;
    }
    // Not on `asked_`: each request would wake the thread only to wait on.
    if (linger.count() > 0) stopped_.wait_for(lock, linger, [this] { return stopping_; });
    const Wanted wanted = take_wanted();
    lock.unlock();
    if (wanted.segment) {
      const std::lock_guard syncing(sync_mutex_);
      sync_wanted(wanted);
      // Answers that come in company are followed by more: a wait as long as a sync lets those into this one.
      linger = wanted.waiting > 1 ? std::min<Clock::duration>(last_took_, kLingerMax) : Clock::duration{0};
    }
    lock.lock();
    if (wake_) wake_();
  }
}

}  // namespace aigw::ledger
