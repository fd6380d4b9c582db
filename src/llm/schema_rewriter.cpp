#include "llm/schema_rewriter.hpp"

#include "base/text.hpp"
#include "llm/schema_keywords.hpp"

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

namespace aigw::llm {
namespace {

using json::Dom;
using enum Fate;

constexpr int kInlineDepthMax = 5;  // of a schema that refers to itself

bool has_object_type(const Dom& schema) {
  const auto type = schema.find("type");
  if (type == schema.end()) return schema.contains("properties");
  if (type->is_array()) return std::ranges::find(*type, Dom("object")) != type->end();
  return *type == "object" || *type == "OBJECT";
}

/// A member that is of that type; an empty one where it is not.
const Dom& member_or_empty(const Dom& schema, const char* name, Dom::value_t type) {
  static const Dom object = Dom::object(), array = Dom::array(), text = "";
  const auto member = schema.find(name);
  if (member != schema.end() && member->type() == type) return *member;
  return type == Dom::value_t::object ? object : type == Dom::value_t::array ? array : text;
}

bool has_element(const Dom& list, const Dom& value) { return std::ranges::find(list, value) != list.end(); }

/// Puts the properties of the variants into `into`; what all (or, for allOf, any) of them require is required.
void join_objects(Dom& into, const Dom& variants, bool all_hold) {
  Dom properties = member_or_empty(into, "properties", Dom::value_t::object);
  Dom required = member_or_empty(into, "required", Dom::value_t::array);
  std::vector<Dom> shared;
  bool first = true;
  for (const Dom& variant : variants) {
    for (const auto& [name, property] : member_or_empty(variant, "properties", Dom::value_t::object).items())
      if (!properties.contains(name)) properties[name] = property;
    const Dom& wanted = member_or_empty(variant, "required", Dom::value_t::array);
    if (all_hold || first)
      shared.insert(shared.end(), wanted.begin(), wanted.end());
    else
      std::erase_if(shared, [&](const Dom& name) { return !has_element(wanted, name); });
    first = false;
  }
  for (Dom& name : shared)
    if (!has_element(required, name)) required.push_back(std::move(name));
  into["properties"] = std::move(properties);
  if (!required.empty()) into["required"] = std::move(required);
}

class Rewriter {
 public:
  Rewriter(SchemaTarget target, Losses& losses) : target_(target), losses_(losses) {}

  Dom run(const Dom& root, const std::string& path) {
    root_ = &root;
    Dom out = node(root, path, 0);
    if (target_ != SchemaTarget::gemini && target_ != SchemaTarget::gemini_typed) flatten_root(out, path);
    return out;
  }

 private:
  bool typed() const { return target_ == SchemaTarget::gemini_typed; }
  bool output() const { return target_ == SchemaTarget::anthropic_output; }
  bool openai() const { return target_ == SchemaTarget::openai || target_ == SchemaTarget::openai_strict; }

  Dom node(const Dom& schema, const std::string& path, int inlined) {
    if (!schema.is_object()) return typed() ? Dom::object() : schema;
    if (typed() && schema.contains("$ref")) return referred(schema, path, inlined);
    Dom out = Dom::object();
    for (const auto& [name, value] : schema.items()) {
      switch (fate_of(target_, name)) {
        case keep:
          if (name != "description" || !out.contains(name)) out[name] = children(name, value, path, inlined);
          break;
        case note:
          losses_.note(path, name);
          break;
        case lose:
          losses_.add(path, name);
          break;
        case describe:
          tell(out, schema, path, name, value);
          break;
        case reshape:
          say_otherwise(out, schema, path, name, value, inlined);
          break;
      }
    }
    if (typed()) return out;
    lower_types(out);
    if (schema.value("nullable", Dom()) == true) allow_null(out);
    if (output()) close(out, path);
    return out;
  }

  /// The value of a keyword, with the schemas in it rewritten.
  Dom children(std::string_view name, const Dom& value, const std::string& path, int inlined) {
    const std::string below = path + "." + std::string(name);
    if (name == "properties" || name == "$defs" || name == "definitions") {
      if (!value.is_object()) return value;
      Dom out = Dom::object();
      for (const auto& [key, child] : value.items()) out[key] = node(child, below + "." + key, inlined);
      return out;
    }
    if (name == "items" || name == "additionalProperties" || name == "anyOf" || name == "oneOf" || name == "allOf" ||
        name == "prefixItems") {
      if (value.is_object()) return node(value, below, inlined);
      if (!value.is_array()) return value;
      Dom out = Dom::array();
      for (const Dom& child : value)
        out.push_back(node(child, below + "[" + std::to_string(out.size()) + "]", inlined));
      return out;
    }
    return value;
  }

  void say_otherwise(Dom& out, const Dom& schema, const std::string& path, const std::string& name, const Dom& value,
                     int inlined) {
    if (name == "nullable") {
      if (typed()) out[name] = value;
    } else if (name == "format") {
      if (value == "enum" && !typed()) return;
      if (output() && (!value.is_string() || !is_output_format(value.get<std::string>())))
        tell(out, schema, path, name, value);
      else
        out[name] = value;
    } else if (name == "anyOf" || name == "oneOf") {
      out[openai() || target_ == SchemaTarget::anthropic ? name : "anyOf"] = children(name, value, path, inlined);
    } else if (name == "allOf") {
      join_all(out, path, value, inlined);
    } else if (name == "const") {
      if (!typed() || value.is_string())
        out["enum"] = Dom::array({value});
      else
        tell(out, schema, path, name, value);
    } else if (name == "additionalProperties") {
      if (value != false) losses_.add(path, name);
      out[name] = false;
    } else if (name == "type") {
      typed() ? typed_type(out, value) : listed_type(out, value);
    } else if (name == "enum") {
      typed_enum(out, schema, path, value);
    } else {
      count(out, schema, path, name, value);
    }
  }

  /// A count that Gemini's typed form may write as text.
  void count(Dom& out, const Dom& schema, const std::string& path, const std::string& name, const Dom& value) {
    Dom number = value;
    if (value.is_string()) {
      const std::string digits = value.get<std::string>();
      std::int64_t parsed = 0;
      if (std::from_chars(digits.data(), digits.data() + digits.size(), parsed).ec == std::errc()) number = parsed;
    }
    if (output() && number != 0 && number != 1)
      tell(out, schema, path, name, number);
    else
      out[name] = std::move(number);
  }

  void join_all(Dom& out, const std::string& path, const Dom& value, int inlined) {
    if (openai() || target_ == SchemaTarget::anthropic) {
      out["allOf"] = children("allOf", value, path, inlined);
      return;
    }
    Dom variants = children("allOf", value, path, inlined);
    if (variants.is_array() && variants.size() == 1 && variants[0].is_object()) {
      for (auto& [name, member] : variants[0].items())
        if (!out.contains(name)) out[name] = std::move(member);
    } else if (variants.is_array() && std::ranges::all_of(variants, has_object_type)) {
      out["type"] = typed() ? "OBJECT" : "object";
      join_objects(out, variants, true);
    } else {
      losses_.add(path, "allOf");
    }
  }

  /// The keyword as words at the end of the description.
  void tell(Dom& out, const Dom& schema, const std::string& path, const std::string& name, const Dom& value) {
    losses_.add(path, name);
    const Dom& told = out.contains("description") ? out : schema;
    std::string text = member_or_empty(told, "description", Dom::value_t::string).get<std::string>();
    if (!text.empty()) text += ' ';
    out["description"] = text.append("(").append(name).append(": ").append(json::dump(value)).append(")");
  }

  static void lower_types(Dom& schema) {
    const auto type = schema.find("type");
    if (type != schema.end() && type->is_string() && is_typed_type(type->get<std::string>()))
      *type = text::to_lower(type->get<std::string>());
  }

  void allow_null(Dom& schema) {
    const auto type = schema.find("type");
    if (const auto values = schema.find("enum"); values != schema.end() && values->is_array())
      values->push_back(nullptr);
    if (type != schema.end() && type->is_string()) {
      listed_type(schema, Dom::array({*type, "null"}));
    } else if (const auto any = schema.find("anyOf"); any != schema.end() && any->is_array()) {
      any->push_back(Dom{{"type", "null"}});
    }
  }

  /// A list of types: Anthropic's output format wants anyOf instead.
  void listed_type(Dom& out, const Dom& value) {
    if (!output() || !value.is_array()) {
      out["type"] = value;
      return;
    }
    out.erase("type");
    Dom& any = out["anyOf"] = Dom::array();
    for (const Dom& type : value) any.push_back(Dom{{"type", type}});
  }

  void typed_type(Dom& out, const Dom& value) {
    const auto upper = [](const Dom& type) {
      std::string word = type.is_string() ? type.get<std::string>() : "string";
      std::ranges::transform(word, word.begin(), [](char c) { return c >= 'a' && c <= 'z' ? char(c - 32) : c; });
      return word;
    };
    if (!value.is_array()) {
      out["type"] = upper(value);
      return;
    }
    Dom any = Dom::array();
    for (const Dom& type : value) {
      if (type == "null")
        out["nullable"] = true;
      else
        any.push_back(Dom{{"type", upper(type)}});
    }
    if (any.size() == 1)
      out["type"] = any[0]["type"];
    else if (!any.empty())
      out["anyOf"] = std::move(any);
  }

  void typed_enum(Dom& out, const Dom& schema, const std::string& path, const Dom& value) {
    if (value.is_array() && std::ranges::all_of(value, [](const Dom& item) { return item.is_string(); }))
      out["enum"] = value;
    else
      tell(out, schema, path, "enum", value);
  }

  Dom referred(const Dom& schema, const std::string& path, int inlined) {
    const Dom& ref = schema["$ref"];
    if (inlined >= kInlineDepthMax || !ref.is_string() || !ref.get<std::string>().starts_with("#/")) {
      losses_.add(path, "$ref");
      return Dom{{"type", "OBJECT"}};
    }
    const Dom* at = root_;
    std::string pointer = ref.get<std::string>().substr(2);
    while (at && !pointer.empty()) {
      const std::string step = pointer.substr(0, pointer.find('/'));
      pointer.erase(0, std::min(pointer.size(), step.size() + 1));
      const auto next = at->is_object() ? at->find(step) : at->end();
      at = at->is_object() && next != at->end() ? &*next : nullptr;
    }
    if (!at) {
      losses_.add(path, "$ref");
      return Dom{{"type", "OBJECT"}};
    }
    return node(*at, path, inlined + 1);
  }

  /// Closes an object, as Anthropic's output format demands of each.
  void close(Dom& schema, const std::string& path) {
    if (!has_object_type(schema) || schema.contains("additionalProperties")) return;
    schema["additionalProperties"] = false;
    losses_.add(path, "object closed");
  }

  /// OpenAI and Anthropic refuse a choice at the root: its variants become one object.
  void flatten_root(Dom& root, const std::string& path) {
    if (!root.is_object()) return;
    for (const char* word : {"anyOf", "oneOf", "allOf"}) {
      const auto variants = root.find(word);
      if (variants == root.end() || !variants->is_array()) continue;
      const Dom list = *variants;
      if (!std::ranges::all_of(list, [&](const Dom& variant) {
            return variant.is_object() && (has_object_type(variant) || has_object_type(root));
          }))
        continue;
      root.erase(word);
      if (!root.contains("type")) root["type"] = "object";
      join_objects(root, list, std::string_view(word) == "allOf");
      losses_.add(path, word);
    }
  }

  SchemaTarget target_;
  Losses& losses_;
  const Dom* root_ = nullptr;
};

}  // namespace

Dom rewrite_schema(SchemaTarget target, const Dom& schema, const std::string& path, Losses& losses) {
  return Rewriter(target, losses).run(schema, path);
}

}  // namespace aigw::llm
