#include "llm/schema.hpp"

#include "base/text.hpp"
#include "json/dom.hpp"
#include "json/view.hpp"
#include "llm/schema_keywords.hpp"
#include "llm/schema_rewriter.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace aigw::llm {
namespace {

/// `schema` with `member` put first: what a root lacks.
std::string with_member(std::string_view schema, std::string_view member) {
  const auto brace = schema.find('{');
  std::string out(schema);
  const bool empty = schema.find_first_not_of(" \t\r\n", brace + 1) == schema.rfind('}');
  return out.insert(brace + 1, std::string(member) + (empty ? "" : ","));
}

/// Says that the root is an object, and for OpenAI which properties it has, where the client left that open.
void complete_root(SchemaTarget target, std::string& schema) {
  const json::View root = json::View::of(schema);
  if (root.type() != json::Type::object) return;
  const auto [type, properties, ref, any, one, all] =
      root.members(std::array<std::string_view, 6>{"type", "properties", "$ref", "anyOf", "oneOf", "allOf"});
  const bool is_plain = !ref && !any && !one && !all;
  const bool lacks_type = !type && (is_plain || target == SchemaTarget::anthropic);
  const bool lacks_properties =
      target == SchemaTarget::openai && !properties && is_plain && (!type || type.raw() == R"("object")");
  if (lacks_properties) schema = with_member(schema, R"("properties":{})");
  if (lacks_type) schema = with_member(schema, R"("type":"object")");
}

bool strict_everywhere(json::View schema) {
  if (schema.type() == json::Type::array) {
    bool all = true;
    schema.each([&](json::View element) { all = all && strict_everywhere(element); });
    return all;
  }
  if (schema.type() != json::Type::object) return true;
  const auto [type, closed, properties, required] =
      schema.members(std::array<std::string_view, 4>{"type", "additionalProperties", "properties", "required"});
  bool all = true;
  if (type.raw() == R"("object")" || properties) {
    if (closed.raw() != "false") return false;
    std::vector<std::string_view> wanted;
    required.each([&](json::View name) { wanted.push_back(name.raw()); });
    properties.each_member([&](std::string_view name, json::View property) {
      all = all && strict_everywhere(property) && std::ranges::any_of(wanted, [&](std::string_view quoted) {
              return quoted.size() == name.size() + 2 && quoted.substr(1, name.size()) == name;
            });
    });
  }
  schema.each_member([&](std::string_view name, json::View value) {
    if (name == "items" || name == "anyOf")
      all = all && strict_everywhere(value);
    else if (name == "$defs" || name == "definitions")
      value.each_member([&](std::string_view, json::View child) { all = all && strict_everywhere(child); });
    else if (name == "oneOf" || name == "allOf" || name == "not" || name == "patternProperties")
      all = false;
  });
  return all;
}

}  // namespace

std::string schema_for(SchemaTarget target, std::string_view schema, std::string_view path, Losses& losses) {
  const json::View view = json::View::of(schema);
  if (!view || view.is_null()) return target == SchemaTarget::anthropic ? R"({"type":"object"})" : "";
  std::string out(view.raw());
  if (may_need_rewriting(target, out)) {
    if (const auto dom = json::parse_dom(out)) {
      const json::Dom rewritten = rewrite_schema(target, *dom, std::string(path), losses);
      if (rewritten != *dom) out = json::dump(rewritten);
    }
  }
  if (target == SchemaTarget::anthropic || target == SchemaTarget::openai) complete_root(target, out);
  return out;
}

bool is_strict(std::string_view schema) {
  const json::View root = json::View::of(schema);
  return root["type"].raw() == R"("object")" && strict_everywhere(root);
}

std::optional<std::string_view> unusable_root(std::string_view schema) {
  const json::View root = json::View::of(schema);
  if (!root || root.is_null()) return std::nullopt;
  if (root.type() != json::Type::object) return "the schema is no object";
  const json::View type = root["type"];
  if (!type || type.is_null()) return std::nullopt;
  if (type.type() == json::Type::array) {
    bool has_object = false;
    type.each([&](json::View name) { has_object = has_object || name.raw() == R"("object")"; });
    return has_object ? std::nullopt : std::optional<std::string_view>("the root is no object");
  }
  const auto name = type.string();
  if (!name || text::to_lower(*name) != "object") return "the root is no object";
  return std::nullopt;
}

}  // namespace aigw::llm
