#include "http/event_stream.hpp"

#include <zlib.h>

#include <array>
#include <cstdint>

namespace aigw::http {
namespace {

// total length, length of the headers, checksum of these two | headers | payload | checksum of all before
constexpr std::size_t kPreludeBytes = 12;
constexpr std::size_t kChecksumBytes = 4;

Error broken(std::string_view what) {
  return make_error(ErrorKind::upstream_invalid, std::string("a frame of the provider's event stream ").append(what));
}

std::size_t number_at(std::string_view bytes, std::size_t at, std::size_t size) {
  std::size_t out = 0;
  for (const char c : bytes.substr(at, size)) out = out << 8U | static_cast<unsigned char>(c);
  return out;
}

bool checksum_holds(std::string_view frame, std::size_t at) {
  const auto sum = ::crc32(0, reinterpret_cast<const Bytef*>(frame.data()), static_cast<uInt>(at));
  return sum == number_at(frame, at, kChecksumBytes);
}

/// Takes `size` bytes off the front; none when there are not that many.
std::optional<std::string_view> take(std::string_view& rest, std::size_t size) {
  if (rest.size() < size) return std::nullopt;
  const std::string_view out = rest.substr(0, size);
  rest.remove_prefix(size);
  return out;
}

/// A number first, then as many bytes.
std::optional<std::string_view> take_counted(std::string_view& rest, std::size_t number_bytes) {
  const auto number = take(rest, number_bytes);
  return number ? take(rest, number_at(*number, 0, number_bytes)) : std::nullopt;
}

std::optional<std::string_view> take_value(std::string_view& rest) {
  constexpr std::uint8_t kBytes = 6, kText = 7;
  // of: true, false, byte, 16, 32 and 64 bit numbers, (bytes, text,) timestamp, UUID
  static constexpr std::array<std::uint8_t, 10> kSizes = {0, 0, 1, 2, 4, 8, 0, 0, 8, 16};
  const auto type = take(rest, 1);
  if (!type) return std::nullopt;
  const auto kind = static_cast<std::uint8_t>(type->front());
  if (kind >= kSizes.size()) return std::nullopt;
  return kind == kBytes || kind == kText ? take_counted(rest, 2) : take(rest, kSizes[kind]);
}

bool read_headers(std::string_view headers, EventStreamFrame& frame) {
  while (!headers.empty()) {
    const auto name = take_counted(headers, 1);
    const auto value = name ? take_value(headers) : std::nullopt;
    if (!value) return false;
    if (*name == ":message-type") frame.message_type = *value;
    if (*name == ":event-type" || *name == ":exception-type" || *name == ":error-code") frame.name = *value;
    if (*name == ":error-message") frame.error_text = *value;
  }
  return true;
}

}  // namespace

void EventStreamSplitter::push(std::string_view bytes) {
  buffer_.erase(0, begin_);
  begin_ = 0;
  buffer_.append(bytes);
}

Result<std::optional<EventStreamFrame>> EventStreamSplitter::next() {
  if (failed_) return broken("was broken before");
  auto frame = cut();
  failed_ = !frame.ok();
  return frame;
}

Result<std::optional<EventStreamFrame>> EventStreamSplitter::cut() {
  const std::string_view rest = std::string_view(buffer_).substr(begin_);
  if (rest.size() < kPreludeBytes) return std::optional<EventStreamFrame>();
  if (!checksum_holds(rest, kPreludeBytes - kChecksumBytes)) return broken("has a wrong checksum over its lengths");
  const std::size_t total = number_at(rest, 0, 4);
  const std::size_t header_bytes = number_at(rest, 4, 4);
  if (total > frame_bytes_max_) return broken("is larger than " + std::to_string(frame_bytes_max_) + " bytes");
  if (total < kPreludeBytes + kChecksumBytes + header_bytes) return broken("has lengths that contradict each other");
  if (rest.size() < total) return std::optional<EventStreamFrame>();
  if (!checksum_holds(rest.substr(0, total), total - kChecksumBytes)) return broken("has a wrong checksum");
  EventStreamFrame frame;
  if (!read_headers(rest.substr(kPreludeBytes, header_bytes), frame)) return broken("has headers that cannot be read");
  frame.payload = rest.substr(kPreludeBytes + header_bytes, total - kPreludeBytes - header_bytes - kChecksumBytes);
  begin_ += total;
  return std::optional(frame);
}

}  // namespace aigw::http
