#pragma once
// A stream whose events come in another framing than their dialect's. What it gives is server-sent events, so that
// nobody behind it needs to know. One answer, one thread.

#include "base/error.hpp"

#include <string>
#include <string_view>

namespace aigw::llm {

class Reframer {
 public:
  virtual ~Reframer() = default;
  /// Takes bytes as they came, appends whole events. @errors upstream_invalid; what was appended before stays good
  virtual Status feed(std::string_view bytes, std::string& events) = 0;
};

}  // namespace aigw::llm
