#pragma once
// Which of the client's cache markers are written: the last four, as many as the API takes. Only for this folder.

#include "json/writer.hpp"

#include <cstddef>

namespace aigw::adapters::anthropic_messages {

class CacheMarkers {
 public:
  static constexpr std::size_t kMax = 4;
  explicit CacheMarkers(std::size_t count) : skip_(count > kMax ? count - kMax : 0) {}

  /// The member, inside an object of the request. To be called for each marker in the order of the request.
  void write(json::Writer& out, bool marked) {
    if (!marked) return;
    if (skip_ > 0)
      --skip_;
    else
      out.key("cache_control").raw(R"({"type":"ephemeral"})");
  }

 private:
  std::size_t skip_;
};

}  // namespace aigw::adapters::anthropic_messages
