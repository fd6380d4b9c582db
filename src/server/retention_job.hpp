#pragma once
// Holds the ledger to what the configuration keeps of it: looks once a minute, and removes in batches with pauses.

#include "base/time.hpp"
#include "store/ingester.hpp"
#include "store/retention.hpp"

#include <condition_variable>
#include <mutex>
#include <thread>

namespace aigw::server {

class RetentionJob {
 public:
  /// `ingester` outlives it.
  explicit RetentionJob(store::Ingester& ingester) : ingester_(ingester) {}
  ~RetentionJob() { stop(); }

  /// From now on. Begins the thread when there is something to do. Any thread but its own.
  void set(const store::RetentionPolicy& policy);
  void stop();

 private:
  void run();
  /// Until the policy is kept, changes, or the job is to end.
  void remove_all(const store::RetentionPolicy& policy);
  bool rest(std::chrono::milliseconds time);
  UnixMillis careful_now() const;

  store::Ingester& ingester_;
  const Instant began_ = steady_now();
  const UnixMillis began_at_ = wall_now();
  std::mutex mutex_;  // guards what follows
  std::condition_variable condition_;
  store::RetentionPolicy policy_;
  bool changed_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace aigw::server
