#pragma once
// The configuration that holds now, replaced as a whole at a reload. Any thread.

#include "config/config.hpp"

#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace aigw::config {

class Held {
 public:
  explicit Held(Config config) : config_(std::make_shared<const Config>(std::move(config))) {}

  std::shared_ptr<const Config> get() const {
    const std::lock_guard lock(mutex_);
    return config_;
  }
  void replace(Config config) {
    auto fresh = std::make_shared<const Config>(std::move(config));
    const std::lock_guard lock(mutex_);
    config_.swap(fresh);
    problem_.clear();
  }

  /// Why the file's last change does not hold; empty when it does.
  std::string problem() const {
    const std::lock_guard lock(mutex_);
    return problem_;
  }
  void keep(std::string problem) {
    const std::lock_guard lock(mutex_);
    problem_ = std::move(problem);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const Config> config_;
  std::string problem_;
};

}  // namespace aigw::config
