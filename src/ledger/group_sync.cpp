#include "ledger/group_sync.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace aigw::ledger {

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
  wanted_ = std::move(segment);
  wanted_mark_ = ++last_mark_;
}

void GroupSync::ask(SegmentPtr segment) {
  {
    const std::lock_guard lock(mutex_);
    want(std::move(segment));
    ++waiting_;
  }
  asked_.notify_one();
}

void GroupSync::ask_soon(SegmentPtr segment) {
  bool wake;
  {
    const std::lock_guard lock(mutex_);
    want(std::move(segment));
    wake = idle_;
  }
  if (wake) asked_.notify_one();
}

void GroupSync::hurry() {
  {
    const std::lock_guard lock(mutex_);
    if (!wanted_ || waiting_ > 0) return;
    waiting_ = 1;
  }
  asked_.notify_one();
}

bool GroupSync::sync(const Segment& segment) {
  const std::lock_guard lock(sync_mutex_);
  if (::fdatasync(segment.file.get()) != 0) failed_.store(true, std::memory_order_release);
  return !failed();
}

void GroupSync::on_synced(std::function<void()> wake) {
  const std::lock_guard lock(mutex_);
  wake_ = std::move(wake);
}

void GroupSync::run() {
  using Clock = std::chrono::steady_clock;
  constexpr Clock::duration kSoon = std::chrono::milliseconds(20);
  constexpr Clock::duration kLingerMax = std::chrono::milliseconds(1);
  Clock::duration linger{0};
  std::unique_lock lock(mutex_);
  for (;;) {
    // Between requests it counts the time by itself: the next one need not wake it to be synced soon.
    asked_.wait_for(lock, kSoon, [this] { return stopping_ || waiting_ > 0; });
    if (!wanted_) {
      if (stopping_) return;
      idle_ = true;
      asked_.wait(lock, [this] { return stopping_ || wanted_; });
      idle_ = false;
      continue;
    }
    // Not on `asked_`: each request would wake the thread only to wait on.
    if (linger.count() > 0) stopped_.wait_for(lock, linger, [this] { return stopping_; });
    const SegmentPtr segment = std::exchange(wanted_, nullptr);
    const std::uint64_t mark = wanted_mark_;
    // Answers that come in company are followed by more: a wait as long as a sync lets those into this one.
    const bool has_company = std::exchange(waiting_, 0) > 1;
    lock.unlock();
    const auto began = Clock::now();
    if (sync(*segment)) synced_mark_.store(mark, std::memory_order_release);
    linger = has_company ? std::min(Clock::now() - began, kLingerMax) : Clock::duration{0};
    lock.lock();
    if (wake_) wake_();
  }
}

}  // namespace aigw::ledger
