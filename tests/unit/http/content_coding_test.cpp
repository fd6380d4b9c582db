#include "http/content_coding.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <string>

using namespace aigw;
using http::decode_body;

namespace {

constexpr std::size_t kLimit = 1 << 20;

std::string from_hex(std::string_view hex) {
  std::string out;
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) out += static_cast<char>(digit(hex[i]) * 16 + digit(hex[i + 1]));
  return out;
}

std::uint32_t crc32_of(std::string_view text) {
  std::uint32_t crc = 0xFFFFFFFFU;
  for (const char c : text) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? 0xEDB88320U : 0U);
  }
  return ~crc;
}

/// A gzip member whose deflate blocks are stored, not compressed.
std::string gzip_stored(std::string_view text) {
  std::string out = from_hex("1f8b08000000000000ff");
  const auto little = [&out](std::uint32_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) out += static_cast<char>((value >> (8 * i)) & 0xFFU);
  };
  out += '\x01';
  little(static_cast<std::uint32_t>(text.size()), 2);
  little(~static_cast<std::uint32_t>(text.size()) & 0xFFFFU, 2);
  out += text;
  little(crc32_of(text), 4);
  little(static_cast<std::uint32_t>(text.size()), 4);
  return out;
}

ErrorKind failure(std::string_view coding, std::string_view bytes, std::size_t limit = kLimit) {
  const auto decoded = decode_body(coding, bytes, limit);
  REQUIRE_FALSE(decoded.ok());
  return decoded.error().kind;
}

/// A zstd frame of one block that repeats a byte: 13 bytes that decode to `count` (below 2 MiB) bytes.
std::string zstd_run(char byte, std::uint32_t count) {
  std::string out = from_hex("28b52ffd");
  out += static_cast<char>(0x00);  // no content size, a window descriptor follows
  out += static_cast<char>(0x58);  // 2 MiB window
  const std::uint32_t block_max = 128 * 1024;
  while (count > 0) {
    const std::uint32_t part = count > block_max ? block_max : count;
    count -= part;
    const std::uint32_t header = (part << 3U) | (1U << 1U) | (count == 0 ? 1U : 0U);
    for (int i = 0; i < 3; ++i) out += static_cast<char>((header >> (8 * i)) & 0xFFU);
    out += byte;
  }
  return out;
}

}  // namespace

TEST_CASE("plain bodies pass under the limit") {
  CHECK(*decode_body("", "abc", 3) == "abc");
  CHECK(*decode_body("Identity", "abc", 3) == "abc");
  CHECK(failure("", "abcd", 3) == ErrorKind::body_too_large);
}

TEST_CASE("other codings are refused as such") {
  for (const char* coding : {"br", "deflate", "foo", "gzip, gzip", "gzip,zstd"})
    CHECK(failure(coding, "abc") == ErrorKind::unsupported_media_type);
}

TEST_CASE("gzip is decoded wholly or refused") {
  const std::string good = gzip_stored("{\"model\":\"m\"}");
  CHECK(*decode_body("gzip", good, kLimit) == "{\"model\":\"m\"}");
  CHECK(*decode_body(" X-GZIP ", good + gzip_stored("!"), kLimit) == "{\"model\":\"m\"}!");
  CHECK(*decode_body("gzip", good, 13) == "{\"model\":\"m\"}");
  CHECK(failure("gzip", good, 12) == ErrorKind::body_too_large);
  for (std::size_t cut = 0; cut < good.size(); ++cut)
    CHECK(failure("gzip", good.substr(0, cut)) == ErrorKind::bad_request);
  CHECK(failure("gzip", good + "x") == ErrorKind::bad_request);
  CHECK(failure("gzip", good + std::string(8, '\0')) == ErrorKind::bad_request);
  CHECK(failure("gzip", "{\"model\":\"m\"}") == ErrorKind::bad_request);
  std::string flipped = good;
  flipped[20] ^= 1;
  CHECK(failure("gzip", flipped) == ErrorKind::bad_request);
  std::string many;
  for (int i = 0; i < 1000; ++i) many += gzip_stored("");
  CHECK(failure("gzip", many) == ErrorKind::bad_request);
}

TEST_CASE("zstd is decoded wholly or refused") {
  const std::string good = zstd_run('a', 300'000);
  CHECK(*decode_body("zstd", good, kLimit) == std::string(300'000, 'a'));
  CHECK(*decode_body("ZSTD", good + zstd_run('b', 5), kLimit) == std::string(300'000, 'a') + "bbbbb");
  CHECK(failure("zstd", good, 299'999) == ErrorKind::body_too_large);
  CHECK(decode_body("zstd", good, 300'000).ok());
  for (std::size_t cut = 0; cut < good.size(); ++cut)
    CHECK(failure("zstd", good.substr(0, cut)) == ErrorKind::bad_request);
  CHECK(failure("zstd", good + "x") == ErrorKind::bad_request);
  CHECK(failure("zstd", "plain") == ErrorKind::bad_request);
}

TEST_CASE("a bomb stops at the limit") {
  std::string bomb;
  for (int i = 0; i < 60; ++i) bomb += zstd_run('a', 100'000'000);
  CHECK(failure("zstd", bomb) == ErrorKind::body_too_large);
}

TEST_CASE("a frame that asks for a giant window is refused") {
  std::string frame = zstd_run('a', 10);
  frame[5] = static_cast<char>(0xA8);  // 2 GiB
  CHECK(failure("zstd", frame) == ErrorKind::bad_request);
}
