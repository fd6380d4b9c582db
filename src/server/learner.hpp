#pragma once
// Asks the user's own providers for their lists of models in the background: at start, when providers change, and every
// ten minutes, so that a model's name alone finds its provider.

#include "ops/collect.hpp"
#include "ops/context.hpp"

#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <thread>

namespace aigw::server {

class Learner {
 public:
  /// `context` outlives it.
  explicit Learner(const ops::Context& context) : context_(context) {}
  ~Learner() { stop(); }

  void start();
  /// Something changed: look at once. Any thread.
  void nudge();
  void stop();

 private:
  void run();
  void learn_due();
  bool in_catalogue(const ops::Collected& one) const;

  const ops::Context& context_;
  std::mutex mutex_;  // guards stopping_ and nudged_
  std::condition_variable condition_;
  bool stopping_ = false;
  bool nudged_ = false;
  std::map<std::string, Instant> asked_;  // by provider and URL; the thread's own
  std::thread thread_;
};

}  // namespace aigw::server
