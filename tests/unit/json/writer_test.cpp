#include "json/writer.hpp"

#include "json/dom.hpp"
#include "json/scan.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <string>

using namespace aigw::json;

TEST_CASE("the writer sets commas, nesting and escapes") {
  std::string out;
  Writer writer(out);
  writer.begin_object()
      .member("a", std::string_view("x\"\\\n\x01"))
      .member("b", 7)
      .member("w", "word")
      .key("c")
      .begin_array();
  writer.integer(1).string("two").begin_object().end_object().begin_array().end_array().null().boolean(false).number(
      0.5);
  writer.end_array().key("d").raw("{\"e\":1.0}").member("f", true);
  writer.key(std::string("said \"so\"")).array_of("1,2").key("none").array_of("").end_object();
  CHECK(out == R"({"a":"x\"\\\n\u0001","b":7,"w":"word","c":[1,"two",{},[],null,false,0.5],"d":{"e":1.0},"f":true,)"
               R"("said \"so\"":[1,2],"none":[]})");
}

TEST_CASE("what needs an escape is found wherever it stands in texts of any length") {
  for (const std::string_view special : {"\"", "\\", "\x01", "\x1f", "\xff", "\xc3\xa9"})
    for (std::size_t size = 0; size < 50; ++size)
      for (std::size_t at = 0; at <= size; ++at) {
        const std::string text = std::string(at, 'a').append(special).append(size - at, 'z');
        std::string escaped;
        append_escaped(escaped, text);
        const std::string one = special == "\xff"       ? "\xEF\xBF\xBD"
                                : special == "\xc3\xa9" ? std::string(special)
                                : special == "\x01"     ? "\\u0001"
                                : special == "\x1f"     ? "\\u001f"
                                                        : "\\" + std::string(special);
        CHECK(escaped == std::string(at, 'a').append(one).append(size - at, 'z'));
        std::string quoted;
        Writer(quoted).string(text);
        CHECK(quoted == '"' + escaped + '"');
      }
}

TEST_CASE("plain texts of any length are written as they stand") {
  for (std::size_t size = 0; size < 140; ++size) {
    std::string text(size, ' ');
    for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + i % 26);
    std::string out;
    Writer(out).begin_array().string(text).string(text).end_array();
    CHECK(out == "[\"" + text + "\",\"" + text + "\"]");
  }
}

TEST_CASE("numbers that JSON cannot say become null") {
  std::string out;
  Writer writer(out);
  writer.begin_array()
      .number(std::numeric_limits<double>::infinity())
      .number(-0.1)
      .integer(std::numeric_limits<std::int64_t>::min());
  writer.end_array();
  CHECK(out == "[null,-0.1,-9223372036854775808]");
}

TEST_CASE("whatever bytes are written, the result is valid JSON") {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  bytes += "caf\xC3\xA9 \xF0\x9F\x98\x80 \xED\xA0\x80 \xE2\x82";
  std::string out;
  Writer(out).begin_array().string(bytes).end_array();
  CHECK(check_value(out).ok());
  CHECK(out.find("caf\xC3\xA9 \xF0\x9F\x98\x80 \xEF\xBF\xBD") != std::string::npos);
}

TEST_CASE("a tree keeps order, refuses what scan refuses, and dumps invalid UTF-8 repaired") {
  const auto tree = parse_dom(R"({"z":1,"a":[1.5,"x"]})");
  REQUIRE(tree.ok());
  CHECK(dump(*tree) == R"({"z":1,"a":[1.5,"x"]})");
  CHECK(dump(Dom("a\xFFz")) == "\"a\xEF\xBF\xBDz\"");
  CHECK(parse_dom(R"({"a":1,"a":2})").error().kind == aigw::ErrorKind::bad_request);
  CHECK_FALSE(parse_dom("[1e999]").ok());
  CHECK(parse_dom("[1]", {.bytes_max = 2}).error().kind == aigw::ErrorKind::body_too_large);
  CHECK_FALSE(parse_dom(std::string(300, '[') + std::string(300, ']')).ok());
}
