#include "http/chunked.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace aigw;
using http::ChunkDecoder;

namespace {

struct Outcome {
  bool ok = false;
  bool done = false;
  std::string body = {};
  std::size_t taken = 0;
  ErrorKind kind = ErrorKind::internal;
  bool operator==(const Outcome&) const = default;
};

/// Feeds `parts` until one is not taken wholly.
Outcome decode(const std::vector<std::string_view>& parts) {
  ChunkDecoder decoder;
  Outcome outcome;
  for (const std::string_view part : parts) {
    const auto taken = decoder.feed(part, outcome.body);
    if (!taken) return {.ok = false, .kind = taken.error().kind};
    outcome.taken += *taken;
    if (decoder.done()) break;
    if (*taken != part.size()) return {};
  }
  outcome.ok = true;
  outcome.done = decoder.done();
  return outcome;
}

std::vector<std::string_view> bytes_of(std::string_view text) {
  std::vector<std::string_view> parts;
  for (std::size_t i = 0; i < text.size(); ++i) parts.push_back(text.substr(i, 1));
  return parts;
}

/// The outcome, after checking that every split in two and the split into bytes give the same.
Outcome decode_every_split(std::string_view text) {
  const Outcome whole = decode({text});
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    CAPTURE(cut);
    CHECK(decode({text.substr(0, cut), text.substr(cut)}) == whole);
  }
  CHECK(decode(bytes_of(text)) == whole);
  return whole;
}

}  // namespace

TEST_CASE("a chunked body is decoded the same however it arrives, and the next request is left alone") {
  struct Case {
    std::string text;
    std::string body;
  };
  const std::string next = "GET /next HTTP/1.1\r\n";
  const std::vector<Case> cases = {
      {"0\r\n\r\n", ""},
      {"3\r\nabc\r\n0\r\n\r\n", "abc"},
      {"0003\r\na\r\n\r\n00\r\n\r\n", "a\r\n"},
      {"a\r\n0123456789\r\nB\r\nabcdefghijk\r\n0\r\n\r\n", "0123456789abcdefghijk"},
      {"1;a\r\nx\r\n1;a=b;c=\"q;\\\"\xE9\t\"\r\ny\r\n0;z\r\nX-Sum: 1\r\nTransfer-Encoding: gzip\r\n\r\n", "xy"},
      {"0000000000000001\r\nz\r\n0\r\n\r\n", "z"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    const Outcome outcome = decode_every_split(c.text + next);
    CHECK(outcome.ok);
    CHECK(outcome.done);
    CHECK(outcome.body == c.body);
    CHECK(outcome.taken == c.text.size());
    for (std::size_t cut = 0; cut < c.text.size(); ++cut)
      CHECK_FALSE(decode({std::string_view(c.text).substr(0, cut)}).done);
  }
}

TEST_CASE("broken chunked bodies are refused in every split") {
  const std::vector<std::string> cases = {
      "\r\n",
      "g\r\n",
      "-1\r\n",
      "+3\r\nabc\r\n",
      " 3\r\nabc\r\n",
      "3 \r\nabc\r\n",
      "0x3\r\nabc\r\n",
      "3\nabc\r\n",
      "3\rabc\r\n",
      "3\r\nabc\n0\r\n\r\n",
      "3\r\nabcd\r\n0\r\n\r\n",
      "3\r\nab\r\n0\r\n\r\n",
      "3\r\nabc\rx0\r\n",
      "3;\r\nabc\r\n",
      "3;;a\r\nabc\r\n",
      "3;a=\r\nabc\r\n",
      "3;a=\"b\r\nabc\r\n",
      "3;a=b c\r\nabc\r\n",
      "3; a\r\nabc\r\n",
      "2;\nxx\r\n30\r\n",
      "3,a\r\nabc\r\n",
      "10000000000000003\r\nabc\r\n",
      "0\r\nno colon\r\n\r\n",
      "0\r\nX : 1\r\n\r\n",
      "0\r\nX: 1\n\r\n",
      "0\r\n X: 1\r\n\r\n",
      "0\r\n\n",
      "0\n\r\n",
      std::string("0\r\nX: a\0\r\n\r\n", 13),
  };
  for (const std::string& text : cases) {
    CAPTURE(text);
    const Outcome outcome = decode_every_split(text);
    CHECK_FALSE(outcome.ok);
    CHECK(outcome.kind == ErrorKind::bad_http);
  }
}

TEST_CASE("chunked bodies are bounded in bytes, extensions and trailers") {
  std::string body = {};
  SUBCASE("a size beyond the limit is refused before its data") {
    ChunkDecoder decoder(10);
    CHECK(decoder.feed("a\r\n0123456789\r\n", body).ok());
    CHECK(decoder.feed("1\r\n", body).error().kind == ErrorKind::body_too_large);
    CHECK_FALSE(decoder.feed("0\r\n\r\n", body).ok());
    CHECK(ChunkDecoder().feed("ffffffffffffffff\r\n", body).error().kind == ErrorKind::body_too_large);
  }
  SUBCASE("one long extension") {
    CHECK(ChunkDecoder().feed("3;a=" + std::string(65536, 'b'), body).error().kind == ErrorKind::headers_too_large);
  }
  SUBCASE("many short extensions") {
    ChunkDecoder decoder;
    const std::string chunk = "1;" + std::string(1000, 'a') + "\r\nx\r\n";
    for (int i = 0; i < 16; ++i) REQUIRE(decoder.feed(chunk, body).ok());
    CHECK(decoder.feed(chunk, body).error().kind == ErrorKind::headers_too_large);
  }
  SUBCASE("many trailers") {
    ChunkDecoder decoder;
    REQUIRE(decoder.feed("0\r\n", body).ok());
    for (int i = 0; i < 32; ++i) REQUIRE(decoder.feed("X: 1\r\n", body).ok());
    CHECK(decoder.feed("X: 1\r\n", body).error().kind == ErrorKind::headers_too_large);
  }
  SUBCASE("20,000 chunks of one byte take linear time") {
    std::string text;
    for (int i = 0; i < 20'000; ++i) text += "1\r\n \r\n";
    ChunkDecoder decoder;
    REQUIRE(decoder.feed(text + "0\r\n\r\n", body).ok());
    CHECK(decoder.done());
    CHECK(body.size() == 20'000);
  }
}
