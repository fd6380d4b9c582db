#include "ops/write.hpp"

#include <mutex>

namespace aigw::ops {

void announce(const Context& context) {
  static std::mutex one_at_a_time;
  const std::lock_guard lock(one_at_a_time);
  context.changed();
}

}  // namespace aigw::ops
