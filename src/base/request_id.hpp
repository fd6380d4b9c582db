#pragma once
// The id of one request: 63 bits, 41 of milliseconds since 2024-01-01T00:00Z, 6 of loop, 16 of sequence. Ordered by
// time, so it serves as the ledger's row id and time index. Printed as "req_" and 13 characters of Crockford base32.

#include "base/time.hpp"

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aigw {

struct RequestId {
  std::int64_t value = 0;
  auto operator<=>(const RequestId&) const = default;

  UnixMillis at() const;  ///< when it was made, to the millisecond
  using Text = std::array<char, 17>;
  Text chars() const;  ///< "req_01hf3c9a7kq2b"
  std::string text() const;
  static std::optional<RequestId> parse(std::string_view text);
  /// The smallest id that can be made at or after `at`: ids below it are older.
  static RequestId first_at(UnixMillis at);
};

/// Makes the ids of one loop, never going back: not with the clock, not across starts. One thread.
class RequestIdMaker {
 public:
  /// `floor`: the largest id on file.
  RequestIdMaker(unsigned loop, RequestId floor);
  RequestId next(UnixMillis now);

 private:
  std::int64_t loop_;
  std::int64_t millis_;
  std::int64_t sequence_ = 0;
};

}  // namespace aigw
