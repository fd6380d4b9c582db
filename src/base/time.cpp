#include "base/time.hpp"

#include <cstdio>
#include <ctime>

namespace aigw {

UnixMillis wall_now() {
  return {std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
              .count()};
}

std::string to_iso8601(UnixMillis at) {
  const std::time_t seconds = static_cast<std::time_t>(at.value / 1000);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  char text[40];
  const std::size_t used = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(text + used, sizeof text - used, ".%03dZ", static_cast<int>(at.value % 1000));
  return text;
}

}  // namespace aigw
