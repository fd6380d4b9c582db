#include "json/value.hpp"

#include "json/scan.hpp"
#include "json/view.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace aigw::json;

TEST_CASE("a raw value tells its type and its content") {
  CHECK(type_of("{}") == Type::object);
  CHECK(type_of("[]") == Type::array);
  CHECK(type_of("\"\"") == Type::string);
  CHECK(type_of("true") == Type::boolean);
  CHECK(type_of("-1") == Type::number);
  CHECK(type_of("null") == Type::null);
  CHECK(as_string(R"("a\"b\\\n\u00e9\ud83d\ude00")") == "a\"b\\\n\xC3\xA9\xF0\x9F\x98\x80");
  CHECK(as_string(R"("\ud800x")") == "\xEF\xBF\xBDx");
  CHECK_FALSE(as_string("5").has_value());
  CHECK_FALSE(as_string(R"("\q")").has_value());
  CHECK_FALSE(as_string("\"").has_value());
  CHECK(as_boolean("true") == true);
  CHECK_FALSE(as_boolean("\"true\"").has_value());
}

TEST_CASE("integers are integral text that fits 63 bits") {
  CHECK(as_integer("0") == 0);
  CHECK(as_integer("-7") == -7);
  CHECK(as_integer("9223372036854775807") == 9223372036854775807);
  for (const char* text : {"1.0", "1e3", "9223372036854775808", "\"1\"", "null", "true", "", "-", "[1]"}) {
    CAPTURE(text);
    CHECK_FALSE(as_integer(text).has_value());
  }
}

TEST_CASE("arrays answer questions about their elements") {
  CHECK(first_element("[ {\"a\":[1]} , 2]") == "{\"a\":[1]}");
  CHECK_FALSE(first_element("[ ]").has_value());
  CHECK_FALSE(first_element("{}").has_value());
}

TEST_CASE("all elements are of one type, or not") {}

TEST_CASE("a view walks into an answer") {
  const View answer = View::of(
      " {\"id\":\"x\",\"\\u0075sage\":{\"prompt_tokens\":7,\"details\":{\"cached\":null}},\"choices\":[{\"i\":0},{"
      "\"i\":1}],\"brackets\":\"}]{[\\\"\"} tail");
  CHECK(answer["id"].string() == "x");
  CHECK(answer["usage"]["prompt_tokens"].integer() == 7);
  CHECK(answer["usage"]["details"]["cached"].is_null());
  CHECK_FALSE(answer["usage"]["nothing"]["deeper"]);
  CHECK(answer["brackets"].string() == "}]{[\"");
  std::int64_t sum = 0;
  int count = 0;
  answer["choices"].each([&](View choice) { sum += choice["i"].integer().value_or(100), ++count; });
  CHECK(sum == 1);
  CHECK(count == 2);
}

TEST_CASE("a view of garbage is safe: every prefix and every damaged byte of an answer") {
  const std::string text = R"({"a":{"b":[1,"x\"y",{"c":null}]},"d":"e"})";
  const auto walk = [](std::string_view raw) {
    const View view = View::of(raw);
    std::size_t seen = 0;
    view["a"]["b"].each([&](View element) { seen += element["c"].raw().size() + element.raw().size(); });
    seen += view["d"].string().value_or("").size();
    return seen + (scan_answer(raw) ? 1 : 0);
  };
  for (std::size_t cut = 0; cut < text.size(); ++cut) {
    const std::string prefix(text, 0, cut);  // own memory: a sanitizer sees reads beyond it
    walk(prefix);
    CHECK_FALSE(scan_answer(prefix));
  }
  for (std::size_t at = 0; at < text.size(); ++at)
    for (const char damage : std::string("{}[]\",:\\ \0x", 11)) {
      std::string broken = text;
      broken[at] = damage;
      walk(broken);
    }
  CHECK_FALSE(View::of(""));
  CHECK_FALSE(View::of("   "));
  CHECK_FALSE(View::of("{\"a\":1"));
  CHECK_FALSE(View()["x"]);
}

TEST_CASE("well-formed answers are told from garbage") {
  for (const char* text : {"{}", " {\"a\":1} ", R"({"a":1,"a":2})", R"({"a":"\ud800"})"}) CHECK(scan_answer(text));
  for (const char* text : {"", "[1]", "1", "<html></html>", "{\"a\":", "data: {}", "{} {}", "{\"a\":\"\xFF\"}"})
    CHECK_FALSE(scan_answer(text));
  const std::string text = R"({"b":0,"a":1,"a":2})";
  CHECK((*scan_answer(text))["a"].integer() == 1);
  CHECK_FALSE((*scan_answer(text))["c"]);
}
