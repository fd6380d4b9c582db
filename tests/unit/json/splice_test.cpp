#include "json/splice.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>

using namespace aigw::json;

TEST_CASE("named edits leave every other byte as it was") {
  const std::string text = "{ \"big\" : 12345678901234567890 ,\"model\":  \"alias\" , \"t\": 1.0\n}";
  const auto object = scan_object(text);
  REQUIRE(object.ok());
  const std::array edits = {replace_value(*object->find("model"), quote("real/model")),
                            add_member(*object, "stream_options", R"({"include_usage":true})")};
  CHECK(aigw::json::apply(text, edits) ==
        "{ \"big\" : 12345678901234567890 ,\"model\":  \"real/model\" , \"t\": "
        "1.0,\"stream_options\":{\"include_usage\":true}\n}");
}

TEST_CASE("a member can be added to an empty object") {
  const std::string text = " { } ";
  const auto object = scan_object(text);
  REQUIRE(object.ok());
  const std::array edits = {add_member(*object, "k\"", "1")};
  CHECK(aigw::json::apply(text, edits) == " {\"k\\\"\":1 } ");
}

TEST_CASE("an edited text scans to the edited members") {
  const std::string text = R"({"a":[1,2],"b":"x"})";
  const auto object = scan_object(text);
  REQUIRE(object.ok());
  const std::array edits = {replace_value(*object->find("a"), "null"), replace_value(*object->find("b"), "{}"),
                            add_member(*object, "c", "3")};
  const std::string edited = aigw::json::apply(text, edits);
  CHECK(edited == R"({"a":null,"b":{},"c":3})");
  CHECK(aigw::json::apply(text, {}) == text);
}

TEST_CASE("members go with their commas, wherever they stand") {
  constexpr std::array<std::string_view, 2> gone = {"model", "stream"};
  const auto without = [&](const std::string& text) {
    const auto object = scan_object(text);
    REQUIRE(object.ok());
    std::vector<Edit> edits;
    remove_members(*object, gone, edits);
    return aigw::json::apply(text, edits);
  };
  CHECK(without(R"({ "model" : "m", "a": 1 })") == R"({ "a": 1 })");
  CHECK(without(R"({"a": 1.0 ,"stream":true, "model":"m" })") == R"({"a": 1.0 })");
  CHECK(without(R"({"a":1,"model":"m","stream":true,"b":{"model":2}})") == R"({"a":1,"b":{"model":2}})");
  CHECK(without(R"({"stream":true,"a":1,"mod\u0065l":"m","b":2})") == R"({"a":1,"b":2})");
  CHECK(without(R"( {"model":"m"} )") == " {} ");
  CHECK(without(R"({"a":1})") == R"({"a":1})");
}
