#include "server/retention_job.hpp"

#include "base/log.hpp"

#include <algorithm>

namespace aigw::server {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kEvery{60'000};
constexpr int kRowsABatch = 1'000;       // 1 to 2 ms on the ingester's connection
constexpr milliseconds kPauseLeast{20};  // between two batches, and ten times as long as one took
constexpr std::int64_t kPausePerTime = 10;

}  // namespace

void RetentionJob::set(const store::RetentionPolicy& policy) {
  const std::lock_guard lock(mutex_);
  if (policy == policy_) return;
  policy_ = policy;
  changed_ = true;
  condition_.notify_all();
  if (policy.wanted() && !thread_.joinable() && !stopping_) thread_ = std::thread([this] { run(); });
}

void RetentionJob::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    condition_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

/// False: the policy changed, or it is to end.
bool RetentionJob::rest(milliseconds time) {
  std::unique_lock lock(mutex_);
  return !condition_.wait_for(lock, time, [this] { return changed_ || stopping_; });
}

void RetentionJob::run() {
  for (;;) {
    store::RetentionPolicy policy;
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) return;
      policy = policy_;
      changed_ = false;
    }
    if (policy.wanted()) remove_all(policy);
    rest(kEvery);
  }
}

/// Not later than the steady clock says: a wall clock that jumps ahead must not cost a row.
UnixMillis RetentionJob::careful_now() const {
  const std::int64_t running_ms = micros_between(began_, steady_now()) / 1'000;
  return std::min(wall_now(), UnixMillis{began_at_.value + running_ms});
}

void RetentionJob::remove_all(const store::RetentionPolicy& policy) {
  store::Removal sum;
  for (bool more = true; more;) {
    const Instant begun = steady_now();
    const auto removed = ingester_.write(
        [&](store::Database& db) { return store::remove_old_requests(db, policy, careful_now(), kRowsABatch); });
    if (!removed) {
      log::warn("old_requests_stay", {{"reason", removed.error().text()}});
      break;
    }
    sum.rows += removed->rows;
    sum.before = removed->before;
    sum.by_size |= removed->by_size;
    const milliseconds pause(micros_between(begun, steady_now()) * kPausePerTime / 1'000);
    more = removed->more && rest(std::max(pause, kPauseLeast));
  }
  if (sum.rows > 0)
    log::info("old_requests_removed", {{"rows", sum.rows},
                                       {"before", to_iso8601(sum.before)},
                                       {"because", sum.by_size ? "ledger.keep_bytes" : "ledger.keep"}});
}

}  // namespace aigw::server
