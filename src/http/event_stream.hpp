#pragma once
// application/vnd.amazon.eventstream: length-prefixed frames, each with two checksums. Any split of the bytes gives the
// same frames. One thread.

#include "base/error.hpp"
#include "http/limits.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace aigw::http {

/// Views are valid until the next push().
struct EventStreamFrame {
  std::string_view message_type;  ///< "event", "exception" or "error"
  std::string_view name;          ///< the event's type, the exception's type or the error's code
  std::string_view error_text;    ///< of an "error", which has no payload
  std::string_view payload;
};

class EventStreamSplitter {
 public:
  explicit EventStreamSplitter(std::size_t frame_bytes_max = limits::kSseEventBytes)
      : frame_bytes_max_(frame_bytes_max) {}

  void push(std::string_view bytes);
  /// The next complete frame; none: more bytes are needed. After an error it stays failed.
  /// @errors upstream_invalid: a checksum or a length is wrong, or the frame is larger than the limit
  Result<std::optional<EventStreamFrame>> next();

 private:
  Result<std::optional<EventStreamFrame>> cut();

  std::string buffer_;
  std::size_t begin_ = 0;
  std::size_t frame_bytes_max_;
  bool failed_ = false;
};

}  // namespace aigw::http
