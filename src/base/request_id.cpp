#include "base/request_id.hpp"

#include <algorithm>

namespace aigw {
namespace {

constexpr std::int64_t kEpochMs = 1'704'067'200'000;  // 2024-01-01T00:00:00Z
constexpr int kSequenceBits = 16;
constexpr int kLoopBits = 6;
constexpr int kTimeShift = kSequenceBits + kLoopBits;
constexpr std::int64_t kSequenceMax = (std::int64_t{1} << kSequenceBits) - 1;
constexpr std::int64_t kMillisMax = (std::int64_t{1} << 41) - 1;
/// A clock beyond it is wrong; the 50 days above it are for ids that must not go back when it is set right.
constexpr std::int64_t kClockMillisMax = kMillisMax - (std::int64_t{1} << 32);
constexpr std::string_view kAlphabet = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr std::size_t kDigits = 13;
constexpr std::string_view kPrefix = "req_";

std::int64_t since_epoch(UnixMillis at) { return std::clamp<std::int64_t>(at.value - kEpochMs, 0, kMillisMax); }

}  // namespace

UnixMillis RequestId::at() const { return {(value >> kTimeShift) + kEpochMs}; }

RequestId::Text RequestId::chars() const {
  static_assert(kPrefix.size() + kDigits == Text().size());
  Text out;
  char* to = out.data() + kPrefix.copy(out.data(), kPrefix.size());
  for (std::size_t i = 0; i < kDigits; ++i)
    *to++ = kAlphabet[static_cast<std::size_t>(value >> (5 * (kDigits - 1 - i))) & 31U];
  return out;
}

std::string RequestId::text() const {
  const Text written = chars();
  return {written.data(), written.size()};
}

std::optional<RequestId> RequestId::parse(std::string_view text) {
  if (text.starts_with(kPrefix)) text.remove_prefix(kPrefix.size());
  if (text.size() != kDigits || text[0] > '7') return std::nullopt;
  std::int64_t value = 0;
  for (const char c : text) {
    const auto digit = kAlphabet.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    value = (value << 5) | static_cast<std::int64_t>(digit);
  }
  return RequestId{value};
}

RequestId RequestId::first_at(UnixMillis at) { return {since_epoch(at) << kTimeShift}; }

RequestIdMaker::RequestIdMaker(unsigned loop, RequestId floor)
    : loop_(static_cast<std::int64_t>(loop)), millis_(floor.value >> kTimeShift), sequence_(kSequenceMax) {}

RequestId RequestIdMaker::next(UnixMillis now) {
  if (const std::int64_t current = std::min(since_epoch(now), kClockMillisMax); current > millis_) {
    millis_ = current;
    sequence_ = 0;
  } else if (sequence_ == kSequenceMax) {
    ++millis_;  // a full millisecond, or a clock that went back: run ahead of it
    sequence_ = 0;
  } else {
    ++sequence_;
  }
  return {(millis_ << kTimeShift) | (loop_ << kSequenceBits) | sequence_};
}

}  // namespace aigw
