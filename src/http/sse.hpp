#pragma once
// Server-sent events, cut without changing a byte. Lines may end in LF, CR or CRLF, mixed; a byte order mark may come
// first. Any split of the bytes gives the same events. One thread.

#include "base/error.hpp"
#include "http/limits.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace aigw::http {

struct SseEvent {
  std::string_view raw;    ///< all its bytes, the blank line included
  std::string_view event;  ///< the last `event:` field, empty when none
  std::string_view data;   ///< the `data:` fields joined by LF
  bool has_data = false;   ///< false: comments or blank lines only
};

/// The offset behind the first complete event of `buffer`, or npos. `scan_from` begins at 0 with each event (set so on
/// success) and remembers between calls how far the buffer was searched; bytes may only be appended meanwhile.
/// A CR that ends the buffer may be half of a CRLF: it waits for the next byte, unless `at_end`.
std::size_t event_end(std::string_view buffer, std::size_t& scan_from, bool at_end = false);

/// `raw`: one event as event_end cut it. Views into it; data of several lines is joined in memory of the thread that
/// lasts until its next parse_event.
SseEvent parse_event(std::string_view raw);

/// For callers that keep no buffer of their own.
class SseSplitter {
 public:
  explicit SseSplitter(std::size_t event_bytes_max = limits::kSseEventBytes) : event_bytes_max_(event_bytes_max) {}

  /// @errors upstream_invalid when one event grows past the limit
  Status push(std::string_view bytes);
  /// The next complete event's raw bytes, valid until the next push().
  std::optional<std::string_view> next();
  /// No more bytes will come: next() also gives an event that ends in CR.
  void finish() { at_end_ = true; }
  /// What is left behind the last complete event.
  std::string_view rest() const { return std::string_view(buffer_).substr(begin_); }

 private:
  std::string buffer_;
  std::size_t begin_ = 0;
  std::size_t scan_from_ = 0;  ///< from begin_
  std::size_t event_bytes_max_;
  bool at_end_ = false;
};

}  // namespace aigw::http
