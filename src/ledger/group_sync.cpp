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

void GroupSync::ask(SegmentPtr segment) {
  {
    const std::lock_guard lock(mutex_);
    wanted_ = std::move(segment);
    wanted_mark_ = ++last_mark_;
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
  constexpr Clock::duration kLingerMax = std::chrono::milliseconds(1);
  Clock::duration linger{0};
  std::unique_lock lock(mutex_);
  for (;;) {
    asked_.wait(lock, [this] { return stopping_ || wanted_; });
    if (!wanted_) return;
    // Not on `asked_`: each request would wake the thread only to wait on.
    if (linger.count() > 0) stopped_.wait_for(lock, linger, [this] { return stopping_; });
    const SegmentPtr segment = std::exchange(wanted_, nullptr);
    const std::uint64_t mark = wanted_mark_;
    lock.unlock();
    const auto began = Clock::now();
    // Answers that come in company are followed by more: a wait of half a sync lets those into this one.
    const bool has_company = mark > synced_mark() + 1;
    if (sync(*segment)) synced_mark_.store(mark, std::memory_order_release);
    linger = has_company ? std::min((Clock::now() - began) / 2, kLingerMax) : Clock::duration{0};
    lock.lock();
    if (wake_) wake_();
  }
}

}  // namespace aigw::ledger
