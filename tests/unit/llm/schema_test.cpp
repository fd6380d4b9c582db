#include "llm/schema.hpp"

#include <doctest/doctest.h>

using namespace aigw::llm;

namespace {

struct Rewritten {
  std::string schema;
  Losses losses;
};

Rewritten rewrite(SchemaTarget target, std::string_view schema) {
  Rewritten out;
  out.schema = schema_for(target, schema, "tools[0].parameters", out.losses);
  return out;
}

constexpr std::string_view kPlain =
    R"({ "type":"object", "properties":{"limit":{"type":"integer","minimum":1.0}}, "required":["limit"] })";

}  // namespace

TEST_CASE("a schema that a target takes comes back byte for byte") {
  for (const SchemaTarget target :
       {SchemaTarget::openai, SchemaTarget::openai_strict, SchemaTarget::anthropic, SchemaTarget::gemini})
    CHECK(rewrite(target, kPlain).schema == kPlain);
}

TEST_CASE("a property may be called like a keyword") {
  constexpr std::string_view schema =
      R"({"type":"object","properties":{"not":{"type":"string"},"nullable":{"type":"boolean"},"const":{}}})";
  const Rewritten out = rewrite(SchemaTarget::gemini, schema);
  CHECK(out.schema == schema);
  CHECK(out.losses.empty());
}

TEST_CASE("Gemini's typed form becomes JSON Schema") {
  const Rewritten out = rewrite(SchemaTarget::openai, R"({"type":"OBJECT","properties":{
      "when":{"type":"STRING","nullable":true,"format":"enum","enum":["now","later"]},
      "list":{"type":"ARRAY","items":{"type":"NUMBER"},"maxItems":"5"}},"propertyOrdering":["when","list"]})");
  CHECK(out.schema == R"({"type":"object","properties":{"when":{"type":["string","null"],"enum":["now","later",null]},)"
                      R"("list":{"type":"array","items":{"type":"number"},"maxItems":5}}})");
  CHECK(out.losses.empty());
}

TEST_CASE("the root says that it is an object") {
  CHECK(rewrite(SchemaTarget::anthropic, "").schema == R"({"type":"object"})");
  CHECK(rewrite(SchemaTarget::anthropic, "null").schema == R"({"type":"object"})");
  CHECK(rewrite(SchemaTarget::anthropic, "{}").schema == R"({"type":"object"})");
  CHECK(rewrite(SchemaTarget::openai, "{}").schema == R"({"type":"object","properties":{}})");
  CHECK(rewrite(SchemaTarget::openai, R"({"type":"object"})").schema == R"({"properties":{},"type":"object"})");
  CHECK(rewrite(SchemaTarget::openai, "").schema.empty());
  CHECK(rewrite(SchemaTarget::gemini, "").schema.empty());
}

TEST_CASE("a choice at the root becomes one object where a root may not choose") {
  const Rewritten out = rewrite(SchemaTarget::anthropic, R"({"oneOf":[
      {"type":"object","properties":{"a":{"type":"string"},"b":{"type":"string"}},"required":["a","b"]},
      {"type":"object","properties":{"b":{"type":"string"}},"required":["b"]}]})");
  CHECK(out.schema ==
        R"({"type":"object","properties":{"a":{"type":"string"},"b":{"type":"string"}},"required":["b"]})");
  REQUIRE(out.losses.losses().size() == 1);
  CHECK(out.losses.losses()[0] == Loss{"tools[0].parameters", "oneOf"});
}

TEST_CASE("Gemini gets anyOf, enum and merged objects, and each word that it ignores is a loss") {
  const Rewritten out = rewrite(SchemaTarget::gemini, R"({"type":"object","properties":{
      "x":{"oneOf":[{"const":1},{"type":"null"}],"not":{}},
      "y":{"allOf":[{"type":"object","properties":{"a":{"type":"string"}},"required":["a"]},
                    {"type":"object","properties":{"b":{"type":"string"}}}]}}})");
  CHECK(out.schema == R"({"type":"object","properties":{"x":{"anyOf":[{"enum":[1]},{"type":"null"}]},)"
                      R"("y":{"type":"object","properties":{"a":{"type":"string"},"b":{"type":"string"}},)"
                      R"("required":["a"]}}})");
  REQUIRE(out.losses.losses().size() == 1);
  CHECK(out.losses.losses()[0] == Loss{"tools[0].parameters.properties.x", "not"});
}

TEST_CASE("an output format of Anthropic's is closed, and numbers become words") {
  const Rewritten out = rewrite(SchemaTarget::anthropic_output, R"({"type":"object","properties":{
      "n":{"minimum":1,"type":"integer","description":"how many"},"s":{"type":["string","null"],"maxLength":9},
      "l":{"type":"array","minItems":1,"items":{"type":"object","properties":{},"additionalProperties":false}}}})");
  CHECK(out.schema ==
        R"j({"type":"object","properties":{"n":{"description":"how many (minimum: 1)","type":"integer"},)j"
        R"j("s":{"anyOf":[{"type":"string"},{"type":"null"}],"description":"(maxLength: 9)"},)j"
        R"("l":{"type":"array","minItems":1,"items":{"type":"object","properties":{},"additionalProperties":false}}},)"
        R"("additionalProperties":false})");
  CHECK(out.losses.losses().size() == 3);
}

TEST_CASE("Gemini's typed form has its own words only, and no references") {
  const Rewritten out = rewrite(SchemaTarget::gemini_typed, R"({"$schema":"x","type":"object","properties":{
      "a":{"$ref":"#/$defs/A"},"b":{"type":["integer","null"],"exclusiveMinimum":0},"c":{"enum":[1,2]}},
      "$defs":{"A":{"type":"string","const":"k"}},"additionalProperties":false})");
  CHECK(out.schema == R"j({"type":"OBJECT","properties":{"a":{"type":"STRING","enum":["k"]},)j"
                      R"j("b":{"nullable":true,"type":"INTEGER"},"c":{"description":"(enum: [1,2])"}}})j");
}

TEST_CASE("a schema that refers to itself ends") {
  const Rewritten out = rewrite(SchemaTarget::gemini_typed,
                                R"({"type":"object","properties":{"next":{"$ref":"#"},"up":{"$ref":"#/x"}}})");
  CHECK_FALSE(out.losses.empty());
}

TEST_CASE("strict is an object that is closed and requires all it has, at every depth") {
  CHECK(is_strict(R"({"type":"object","properties":{},"additionalProperties":false})"));
  CHECK(is_strict(
      R"({"type":"object","properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false})"));
  CHECK_FALSE(is_strict(R"({"type":"object","properties":{"a":{"type":"string"}},"additionalProperties":false})"));
  CHECK_FALSE(is_strict(R"({"type":"object","properties":{}})"));
  CHECK_FALSE(is_strict(R"({"type":"object","properties":{"a":{"type":"array","items":{"type":"object"}}},
                            "required":["a"],"additionalProperties":false})"));
  CHECK_FALSE(is_strict(""));
}

TEST_CASE("a tool's arguments are an object") {
  CHECK_FALSE(unusable_root(R"({"type":"object"})"));
  CHECK_FALSE(unusable_root(R"({"type":"OBJECT"})"));
  CHECK_FALSE(unusable_root(""));
  CHECK(unusable_root(R"({"type":"array"})"));
  CHECK(unusable_root("[]"));
}

TEST_CASE("no text makes the rewriter fail") {
  for (const std::string_view text :
       {R"({"allOf":1,"oneOf":{"a":1},"anyOf":[1,[]],"type":7,"properties":[],"nullable":true,"enum":3})",
        R"({"properties":{"a":7,"b":{"const":null,"minimum":1,"description":5}},"required":3,"oneOf":[{}]})",
        R"({"type":"STRING","maxItems":"x","$ref":7,"format":1})", "[1]", "\"OBJECT\"", "nul", "{\"oneOf\":"})
    for (const SchemaTarget target : {SchemaTarget::openai, SchemaTarget::openai_strict, SchemaTarget::anthropic,
                                      SchemaTarget::anthropic_output, SchemaTarget::gemini, SchemaTarget::gemini_typed})
      CHECK_NOTHROW(rewrite(target, text));
}
