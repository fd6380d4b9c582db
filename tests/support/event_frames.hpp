#pragma once
// Frames of application/vnd.amazon.eventstream, written without the code that reads them.

#include <cstdint>
#include <string>
#include <string_view>

namespace aigw::test {

/// Big endian.
inline std::string number(std::uint64_t value, int bytes) {
  std::string out;
  for (int at = bytes - 1; at >= 0; --at) out += static_cast<char>(value >> (8 * at) & 0xff);
  return out;
}

/// `bytes` and their CRC-32.
inline std::string with_checksum(std::string bytes) {
  std::uint32_t sum = 0xffffffff;
  for (const char c : bytes) {
    sum ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) sum = sum >> 1U ^ (sum & 1U ? 0xedb88320U : 0U);
  }
  return bytes + number(~sum, 4);
}

inline std::string text_header(std::string_view name, std::string_view value) {
  return number(name.size(), 1) + std::string(name) + number(7, 1) + number(value.size(), 2) + std::string(value);
}

inline std::string frame(std::string_view headers, std::string_view payload) {
  const std::string lengths = number(16 + headers.size() + payload.size(), 4) + number(headers.size(), 4);
  return with_checksum(with_checksum(lengths) + std::string(headers) + std::string(payload));
}

inline std::string event_frame(std::string_view name, std::string_view payload) {
  return frame(text_header(":event-type", name) + text_header(":content-type", "application/json") +
                   text_header(":message-type", "event"),
               payload);
}

inline std::string exception_frame(std::string_view name, std::string_view payload) {
  return frame(text_header(":exception-type", name) + text_header(":content-type", "application/json") +
                   text_header(":message-type", "exception"),
               payload);
}

}  // namespace aigw::test
