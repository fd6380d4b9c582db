#pragma once
// Which options a model was seen to refuse, so that the next request leaves them out at once. Bounded, and forgotten
// after a while: models learn, and hosts change them. In memory alone. Any thread.

#include "base/time.hpp"
#include "llm/option.hpp"

#include <atomic>
#include <cstddef>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace aigw::llm {

class OptionMemory {
 public:
  static constexpr Duration kKept = std::chrono::hours(1);
  static constexpr std::size_t kModelsMax = 512;

  void learn(std::string_view provider, std::string_view model, Option option, Instant now);
  OptionSet refused_by(std::string_view provider, std::string_view model, Instant now);

 private:
  struct Known {
    OptionSet options;
    Instant until;
  };
  std::atomic<bool> empty_ = true;  ///< read without the lock
  std::mutex mutex_;                // guards the map
  std::map<std::string, Known, std::less<>> models_;
};

}  // namespace aigw::llm
