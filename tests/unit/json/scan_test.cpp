#include "json/scan.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace aigw;

namespace {

std::string repeat(std::string_view unit, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += unit;
  return out;
}

std::string member_text(const json::Object& object, std::string_view key) {
  const json::Member* member = object.find(key);
  return member == nullptr ? "(none)" : std::string(member->value);
}

}  // namespace

TEST_CASE("the members of a body are cut out as they were written") {
  const std::string text =
      " {\"model\" : \"gpt\\u002d4\",\n\t\"n\":1.0 ,\"messages\":[ {\"role\":\"user\"} , [] ], "
      "\"big\":123456789012345678901,\"e\":{ } } ";
  const auto object = json::scan_object(text);
  REQUIRE(object.ok());
  CHECK(object->members().size() == 5);
  CHECK(member_text(*object, "model") == "\"gpt\\u002d4\"");
  CHECK(member_text(*object, "n") == "1.0");
  CHECK(member_text(*object, "messages") == "[ {\"role\":\"user\"} , [] ]");
  CHECK(member_text(*object, "big") == "123456789012345678901");
  CHECK(member_text(*object, "e") == "{ }");
  CHECK(object->find("role") == nullptr);
  for (const json::Member& member : object->members())
    CHECK(text.substr(member.value_offset, member.value.size()) == member.value);
}

TEST_CASE("a member that is an array tells the types of its own elements") {
  const auto object = json::scan_object(
      R"({"none":[ ],"objects":[{"a":[1]},{ "b":null } , {}],"mixed":[{},[null],"x",-1,true],"null":[null],"text":"[1]",
          "object":{"deep":[1,2]},"last":5})");
  REQUIRE(object.ok());
  const auto types = [&](std::string_view key) { return object->find(key)->element_types; };
  for (const char* key : {"none", "text", "object", "last"}) CHECK(types(key).empty());
  CHECK(types("objects").has_only(json::Type::object));
  CHECK_FALSE(types("mixed").has_only(json::Type::object));
  CHECK_FALSE(types("mixed").has(json::Type::null));
  for (const json::Type type :
       {json::Type::object, json::Type::array, json::Type::string, json::Type::number, json::Type::boolean})
    CHECK(types("mixed").has(type));
  CHECK(types("null").has(json::Type::null));
}

TEST_CASE("a key is found by what it says, however it was escaped") {
  const auto object = json::scan_object(R"({"mod\u0065l":1,"a\/b":2,"\ud83d\ude00":3,"plain":4})");
  REQUIRE(object.ok());
  CHECK(member_text(*object, "model") == "1");
  CHECK(member_text(*object, "a/b") == "2");
  CHECK(member_text(*object, "\xF0\x9F\x98\x80") == "3");
  CHECK(member_text(*object, "mod\\u0065l") == "(none)");
}

TEST_CASE("what RFC 8259 allows is accepted") {
  const std::vector<std::string> good = {"{}",
                                         " \t\r\n{ } \n",
                                         R"({"":0})",
                                         R"({"a":[-0,0.5,1e9,1E+2,1e-2,-12.5e3]})",
                                         R"({"a":[[],{},[[]],null,true,false]})",
                                         R"({"a":"\"\\\/\b\f\n\r\t\u0000\uD834\uDD1E"})",
                                         "{\"a\":\"\x7f caf\xC3\xA9\"}",
                                         R"({"a":{"x":1},"b":{"x":1},"x":1})",
                                         "{\"a\":" + repeat("[", 511) + repeat("]", 511) + "}",
                                         R"({"a":")" + repeat("[", 100'000) + "\"}"};
  for (const std::string& text : good) {
    CAPTURE(text.substr(0, 80));
    CHECK(json::scan_object(text).ok());
  }
}

TEST_CASE("what is no strict JSON object is refused as bad_request, and the message names the byte") {
  struct Case {
    std::string text;
    std::size_t byte;
  };
  const std::vector<Case> bad = {
      {"", 0},
      {"  \r\n ", 5},
      {"[]", 0},
      {"\"hi\"", 0},
      {"5", 0},
      {"null", 0},
      {R"({"a":1)", 6},
      {R"({"a":1})"
       "x",
       7},
      {R"({"a":1}{"a":1})", 7},
      {R"({"a":1,})", 7},
      {R"({,"a":1})", 1},
      {R"({"a":[1,]})", 8},
      {R"({"a":[,1]})", 6},
      {R"({"a":[1 2]})", 8},
      {R"({"a" 1})", 5},
      {R"({"a":})", 5},
      {R"({a:1})", 1},
      {R"({'a':1})", 1},
      {R"({"a":1]})", 6},
      {R"({"a":[1}})", 7},
      {R"({"a":NaN})", 5},
      {R"({"a":Infinity})", 5},
      {R"({"a":-Infinity})", 5},
      {R"({"a":+1})", 5},
      {R"({"a":01})", 5},
      {R"({"a":-01})", 5},
      {R"({"a":.5})", 5},
      {R"({"a":1.})", 7},
      {R"({"a":1.e3})", 7},
      {R"({"a":1e})", 7},
      {R"({"a":-})", 5},
      {R"({"a":0x10})", 6},
      {R"({"a":True})", 5},
      {R"({"a":tru})", 5},
      {R"({"a":nulls})", 9},
      {R"({"a":undefined})", 5},
      {"// c\n{}", 0},
      {"{/* c */}", 1},
      {"{\"a\":\"x\ny\"}", 7},
      {std::string("{\"a\":\"x\0y\"}", 11), 7},
      {"{\"a\":\"\t\"}", 6},
      {R"({"a":"\x41"})", 6},
      {R"({"a":"\u12G4"})", 6},
      {R"({"a":"\u12"})", 6},
      {"{\"a\":\"\\\n\"}", 6},
      {R"({"a":"abc)", 9},
      {R"({"a":"abc\)", 9},
      {R"({"a":"\ud800"})", 6},
      {R"({"a":"\udc00x"})", 6},
      {R"({"a":"\udc00\ud800"})", 6},
      {R"({"a":"\ud800\ud800"})", 6},
      {R"({"\ud800":1})", 2},
      {"\xEF\xBB\xBF{}", 0},
      {"\xFF\xFE{}", 0},
      {"{\"a\":\"\xC0\xAF\"}", 6},
      {"{\"a\":\"\xE2\x82\"}", 6},
      {"{\"a\":\"caf\xE9\"}", 9},
      {"{\"a\":\"\xED\xA0\x80\"}", 6},
      {"{\"\xFF\":1}", 2},
      {std::string("{}\0", 3), 2},
      {std::string("\0{}", 3), 0},
      {"{\"a\":\xC2\xA0"
       "1}",
       5},
      {"{`a`:1}", 1},
      {"model: x", 0},
      {"<html>", 0},
      {"{\"a\":" + repeat("[", 512) + repeat("]", 512) + "}", 5 + 511},
      {"{\"x\":" + repeat("[", 100'000), 5 + 511},
      {"{\"x\":" + repeat("{\"a\":", 100'000) + "1" + repeat("}", 100'001), 5 + 511 * 5},
  };
  for (const Case& c : bad) {
    CAPTURE(c.text.substr(0, 80));
    const auto object = json::scan_object(c.text);
    REQUIRE_FALSE(object.ok());
    CHECK(object.error().kind == ErrorKind::bad_request);
    CHECK_MESSAGE(object.error().message.ends_with(" at byte " + std::to_string(c.byte)), object.error().message);
  }
}

TEST_CASE("what ends a long string is found wherever it stands") {
  for (std::size_t length = 0; length < 300; ++length) {
    CAPTURE(length);
    const std::string plain(length, 'a');
    const auto whole = json::scan_object("{\"k\":\"" + plain + "\",\"l\":1}");
    REQUIRE(whole.ok());
    CHECK(whole->members()[0].value.size() == length + 2);
    CHECK(json::scan_object("{\"k\":\"" + plain + "\\\"" + plain + "\"}").ok());
    for (const char bad : {'\x01', '\x1f', '\n'}) {
      const auto broken = json::scan_object("{\"k\":\"" + plain + bad + plain + "\"}");
      REQUIRE_FALSE(broken.ok());
      CHECK(broken.error().message.ends_with("at byte " + std::to_string(6 + length)));
    }
  }
}

TEST_CASE("escapes are read wherever in a step of the scan they stand") {
  for (std::size_t before = 0; before < 40; ++before) {
    for (std::size_t behind = 0; behind < 40; ++behind) {
      for (const std::string escape : {"\\n", "\\\\", "\\\"", "\\u00e9", "\\ud83d\\ude00", "\\\\\\\"\\n"}) {
        const std::string inside = std::string(before, 'a') + escape + std::string(behind, 'b');
        CAPTURE(inside);
        const std::string text = "{\"k\":\"" + inside + "\",\"l\":1}";
        const auto object = json::scan_object(text);
        REQUIRE(object.ok());
        CHECK(object->members()[0].value == '"' + inside + '"');
      }
      for (const std::string broken : {"\\", "\\x", "\\u12", "\\ud83d", "\n"}) {
        const std::string inside = std::string(before, 'a') + broken + std::string(behind, 'z');
        CAPTURE(inside);
        CHECK_FALSE(json::scan_object("{\"k\":\"" + inside + "\",\"l\":1}").ok());
      }
    }
  }
}

TEST_CASE("an error never quotes the body") {
  const auto object = json::scan_object(R"({"prompt":"SECRETWORD" "x"})");
  REQUIRE_FALSE(object.ok());
  CHECK(object.error().text().find("SECRET") == std::string::npos);
}

TEST_CASE("a repeated key is refused at any level, compared decoded, and named") {
  struct Case {
    std::string text;
    std::string param;
  };
  const std::vector<Case> bad = {
      {R"({"model":"a","model":"b"})", "model"},
      {R"({"model":"a","mod\u0065l":"b"})", "model"},
      {R"({"mod\u0065l":"a","m\u006fdel":"b"})", "model"},
      {R"({"messages":[{"role":"user","role":"system"}]})", "role"},
      {R"({"a":{"b":[{"c":{"d":1,"e":2,"d":3}}]}})", "d"},
      {R"({"":1,"":2})", ""},
      {"{\"\xC3\xA9\":1,\"\\u00e9\":2}", ""},
      {"{\"" + std::string(100, 'k') + "\":1,\"" + std::string(100, 'k') + "\":1}", ""},
  };
  for (const Case& c : bad) {
    CAPTURE(c.text);
    const auto object = json::scan_object(c.text);
    REQUIRE_FALSE(object.ok());
    CHECK(object.error().message.find("a key is repeated") != std::string::npos);
    CHECK(object.error().param == c.param);
  }
}

TEST_CASE("repeated keys are found in objects beyond the linear bound, with hashed objects inside each other") {
  const auto object_of = [](std::size_t from, std::size_t to, const std::string& inner, std::size_t inner_every) {
    std::string out = "{";
    for (std::size_t i = from; i < to; ++i) {
      if (i != from) out += ",";
      out += "\"k" + std::to_string(i) + "\":" + (i % inner_every == 0 ? inner : "1");
    }
    return out + "}";
  };
  const std::string leaf = object_of(0, 40, "1", 1);
  const std::string middle = object_of(0, 30, leaf, 7);
  std::string text = object_of(0, 200, middle, 9);
  REQUIRE(json::scan_object(text).ok());

  SUBCASE("in the outer one, after its inner ones closed") {
    text.pop_back();
    CHECK_FALSE(json::scan_object(text + ",\"k3\":1}").ok());
    CHECK_FALSE(json::scan_object(text + ",\"\\u006b199\":1}").ok());
    CHECK(json::scan_object(text + ",\"k200\":1}").ok());
  }
  SUBCASE("in an inner one") {
    const std::size_t at = text.rfind("\"k39\":1");
    CHECK_FALSE(json::scan_object(std::string(text).replace(at, 7, "\"k5\":12")).ok());
    CHECK(json::scan_object(std::string(text).replace(at, 7, "\"k5x\":1")).ok());
  }
  SUBCASE("at every place of an object of 300") {
    for (std::size_t i = 0; i < 300; i += 13) {
      std::string wide = object_of(0, 300, "1", 1);
      wide.insert(wide.size() - 1, ",\"k" + std::to_string(i) + "\":0");
      CHECK_FALSE(json::scan_object(wide).ok());
    }
  }
}

TEST_CASE("huge flat bodies are read in one linear pass") {
  SUBCASE("200,000 different members") {
    std::string text = "{\"model\":\"m\"";
    for (int i = 0; i < 200'000; ++i) text += ",\"k" + std::to_string(i) + "\":1";
    text += "}";
    const auto object = json::scan_object(text);
    REQUIRE(object.ok());
    CHECK(object->members().size() == 200'001);
  }
  SUBCASE("200,000 times the same member") {
    CHECK_FALSE(json::scan_object("{\"model\":\"m\"" + repeat(",\"a\":1", 200'000) + "}").ok());
  }
  SUBCASE("30 MB of numbers") { CHECK(json::scan_object("{\"x\":[1" + repeat(",1", 15'000'000) + "]}").ok()); }
  SUBCASE("more keys than fit into the bound") {
    std::string text = "{\"x\":{\"a\":0";
    for (int i = 0; i < 1000; ++i) text += ",\"k" + std::to_string(i) + "\":1";
    text += "}}";
    CHECK(json::scan_object(text, {.open_keys_max = 1002}).ok());
    CHECK_FALSE(json::scan_object(text, {.open_keys_max = 1001}).ok());
  }
}

TEST_CASE("a text of any type can be checked alone") {
  CHECK(json::check_value(" [1, \"a\"] ").ok());
  CHECK(json::check_value("5").ok());
  CHECK_FALSE(json::check_value("5 5").ok());
  CHECK_FALSE(json::check_value(R"([{"a":1,"a":1}])").ok());
}
