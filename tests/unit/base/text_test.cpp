#include "base/text.hpp"

#include <doctest/doctest.h>

#include <array>

using namespace aigw;
using namespace std::chrono_literals;

TEST_CASE("durations need a unit, so that nobody mistakes seconds for milliseconds") {
  CHECK(*text::parse_duration("1500ms") == 1500ms);
  CHECK(*text::parse_duration("10s") == 10s);
  CHECK(*text::parse_duration("5m") == 5min);
  CHECK(*text::parse_duration("24h") == 24h);
  CHECK(*text::parse_duration("7d") == 168h);
  CHECK(*text::parse_duration("2w") == 336h);
  CHECK(*text::parse_duration(" 3 S ") == 3s);
  for (const char* wrong : {"", "10", "s", "-1s", "1.5h", "10 parsecs", "9223372036854775807w", "1s1m"}) {
    CAPTURE(wrong);
    const auto refused = text::parse_duration(wrong);
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().kind == ErrorKind::config);
    CHECK(refused.error().next.find("24h") != std::string::npos);
  }
}

TEST_CASE("sizes are bytes, and units are powers of 1024 however they are written") {
  CHECK(*text::parse_size_bytes("512") == 512);
  CHECK(*text::parse_size_bytes("64KiB") == 65'536);
  CHECK(*text::parse_size_bytes("64kb") == 65'536);
  CHECK(*text::parse_size_bytes("32 MiB") == 33'554'432);
  CHECK(*text::parse_size_bytes("1GiB") == 1'073'741'824);
  for (const char* wrong : {"", "MiB", "-1", "1TB", "99999999999GiB", "1,000"}) {
    CAPTURE(wrong);
    CHECK_FALSE(text::parse_size_bytes(wrong).ok());
  }
}

TEST_CASE("a mistyped word finds the one that was meant, and nonsense finds none") {
  constexpr std::array<std::string_view, 4> kWords = {"keys", "models", "providers", "serve"};
  CHECK(text::nearest("serv", kWords) == "serve");
  CHECK(text::nearest("sevre", kWords) == "serve");
  CHECK(text::nearest("Modles", kWords) == "models");
  CHECK(text::nearest("provider", kWords) == "providers");
  CHECK(text::nearest("ky", kWords).empty());
  CHECK(text::nearest("banana", kWords).empty());
  CHECK(text::nearest("", kWords).empty());
  CHECK(text::nearest("x", {}).empty());
}

TEST_CASE("splitting keeps empty parts, since a trailing comma is a mistake worth seeing") {
  CHECK(text::split("a,b", ',') == std::vector<std::string_view>{"a", "b"});
  CHECK(text::split("a,,", ',') == std::vector<std::string_view>{"a", "", ""});
  CHECK(text::split("", ',') == std::vector<std::string_view>{""});
}

TEST_CASE("letters alone are folded, at every place of a word and behind it") {
  for (int code = 0; code < 256; ++code) {
    const std::string one(1, static_cast<char>(code));
    for (const std::string& before : {std::string(), std::string("1234567"), std::string("12345678")}) {
      const std::string text = before + one + "abcdefgh";
      const std::string folded = text::to_lower(text);
      CAPTURE(code);
      CHECK(text::equal_ignore_case(text, folded));
      const std::string other = before + static_cast<char>(code ^ 0x20) + "abcdefgh";
      const bool letter = (code >= 'A' && code <= 'Z') || (code >= 'a' && code <= 'z');
      CHECK(text::equal_ignore_case(text, other) == letter);
    }
  }
}

TEST_CASE("a word is found at its first place, wherever it stands") {
  for (std::size_t before = 0; before < 130; ++before) {
    for (const std::size_t behind : {std::size_t{0}, std::size_t{1}, std::size_t{40}}) {
      const std::string text = std::string(before, '"') + "\"usage\"" + std::string(behind, '"') + "\"usage\"";
      CAPTURE(text);
      CHECK(text::find(text, "\"usage\"") == before);
      CHECK_FALSE(text::contains(text, "\"error\""));
      CHECK_FALSE(text::contains(text.substr(0, before + 6), "\"usage\""));
    }
  }
  CHECK_FALSE(text::contains("", "ab"));
}

TEST_CASE("a line's end is the first of LF and CR") {
  for (std::size_t before = 0; before < 40; ++before) {
    const std::string text = std::string(before, 'x') + "\r\n" + std::string(40, 'y');
    CHECK(text::find_line_end(text, 0) == before);
    CHECK(text::find_line_end(text, before + 1) == before + 1);
    CHECK(text::find_line_end(text, before + 2) == text.size());
    CHECK(text::find_line_end(text, text.size()) == text.size());
  }
}

TEST_CASE("pieces of every kind are appended whole") {
  std::string out = "x";
  const std::string text = "text";
  text::append(out, "literal", std::string_view("view"), text, "");
  CHECK(out == "xliteralviewtext");
}

TEST_CASE("case and blanks are ASCII's only") {
  CHECK(text::trim(" \t a b\r\n") == "a b");
  CHECK(text::trim(" \n ").empty());
  CHECK(text::to_lower("ABZ\xC3\x84") == "abz\xC3\x84");
  CHECK(text::equal_ignore_case("Content-Type", "content-type"));
  CHECK_FALSE(text::equal_ignore_case("a", "ab"));
  CHECK_FALSE(text::equal_ignore_case("@", "`"));
}
