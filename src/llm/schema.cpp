#include "llm/schema.hpp"

#include "base/text.hpp"
#include "json/dom.hpp"
#include "json/view.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>
#include <vector>

namespace aigw::llm {
namespace {

using json::Dom;

/// What becomes of a keyword at a target.
enum class Fate : std::uint8_t {
  keep,
  note,      ///< goes without effect on the answer
  lose,      ///< goes, and the answer may differ
  describe,  ///< goes into the description, so that the model still knows
  reshape,   ///< said in other words: see Rewriter
};

struct Keyword {
  std::string_view name;
  Fate openai;
  Fate anthropic;
  Fate output;  ///< Anthropic's output format
  Fate gemini;
};

using enum Fate;
// Providers' documents and error texts, 2026-11-23. A word that is not here is kept, but for the typed form.
constexpr std::array kKeywords = {
    Keyword{"$comment", keep, keep, note, note},
    Keyword{"$id", keep, keep, note, note},
    Keyword{"$schema", keep, keep, note, keep},
    Keyword{"additionalProperties", keep, keep, reshape, keep},
    Keyword{"allOf", reshape, reshape, reshape, reshape},
    Keyword{"anyOf", reshape, reshape, keep, keep},
    Keyword{"const", keep, keep, keep, reshape},
    Keyword{"contains", keep, keep, lose, lose},
    Keyword{"dependencies", keep, keep, lose, lose},
    Keyword{"dependentRequired", keep, keep, lose, lose},
    Keyword{"dependentSchemas", keep, keep, lose, lose},
    Keyword{"else", keep, keep, lose, lose},
    Keyword{"examples", keep, keep, note, note},
    Keyword{"exclusiveMaximum", keep, keep, describe, lose},
    Keyword{"exclusiveMinimum", keep, keep, describe, lose},
    Keyword{"format", reshape, reshape, reshape, reshape},
    Keyword{"if", keep, keep, lose, lose},
    Keyword{"maxItems", reshape, reshape, describe, reshape},
    Keyword{"maxLength", reshape, reshape, describe, reshape},
    Keyword{"maxProperties", reshape, reshape, describe, reshape},
    Keyword{"maximum", keep, keep, describe, keep},
    Keyword{"minItems", reshape, reshape, reshape, reshape},
    Keyword{"minLength", reshape, reshape, describe, reshape},
    Keyword{"minProperties", reshape, reshape, describe, reshape},
    Keyword{"minimum", keep, keep, describe, keep},
    Keyword{"multipleOf", keep, keep, describe, lose},
    Keyword{"not", keep, keep, lose, lose},
    Keyword{"nullable", reshape, reshape, reshape, reshape},
    Keyword{"oneOf", reshape, reshape, reshape, reshape},
    Keyword{"patternProperties", keep, keep, lose, lose},
    Keyword{"prefixItems", keep, keep, lose, keep},
    Keyword{"propertyNames", keep, keep, lose, lose},
    Keyword{"propertyOrdering", note, note, note, keep},
    Keyword{"property_ordering", note, note, note, keep},
    Keyword{"strict", keep, keep, note, note},
    Keyword{"then", keep, keep, lose, lose},
    Keyword{"type", keep, keep, reshape, keep},
    Keyword{"unevaluatedItems", keep, keep, lose, lose},
    Keyword{"unevaluatedProperties", keep, keep, lose, lose},
    Keyword{"uniqueItems", keep, keep, describe, lose},
};
static_assert(std::ranges::is_sorted(kKeywords, {}, &Keyword::name));

/// The words of Gemini's typed form that it has from JSON Schema or OpenAPI: any other name is an error there.
constexpr std::array<std::string_view, 22> kTypedWords = {
    "anyOf",     "default",       "description",      "enum",     "example",   "format",        "items",   "maxItems",
    "maxLength", "maxProperties", "maximum",          "minItems", "minLength", "minProperties", "minimum", "nullable",
    "pattern",   "properties",    "propertyOrdering", "required", "title",     "type"};
static_assert(std::ranges::is_sorted(kTypedWords));

constexpr std::array<std::string_view, 7> kTypedTypes = {"ARRAY",  "BOOLEAN", "INTEGER", "NULL",
                                                         "NUMBER", "OBJECT",  "STRING"};
constexpr std::array<std::string_view, 11> kOutputFormats = {
    "date", "date-time", "duration", "email", "hostname", "ipv4", "ipv6", "regex", "time", "uri", "uuid"};
static_assert(std::ranges::is_sorted(kOutputFormats));

constexpr int kInlineDepthMax = 5;  // of a schema that refers to itself

Fate fate_of(SchemaTarget target, std::string_view name) {
  const auto row = std::ranges::lower_bound(kKeywords, name, {}, &Keyword::name);
  const bool known = row != kKeywords.end() && row->name == name;
  switch (target) {
    case SchemaTarget::openai:
    case SchemaTarget::openai_strict:
      return known ? row->openai : keep;
    case SchemaTarget::anthropic:
      return known ? row->anthropic : keep;
    case SchemaTarget::anthropic_output:
      return known ? row->output : name.starts_with("x-") ? note : keep;
    case SchemaTarget::gemini:
      return known ? row->gemini : name.starts_with("x-") ? note : keep;
    case SchemaTarget::gemini_typed:
      if (known && row->gemini == reshape) return reshape;
      if (std::ranges::binary_search(kTypedWords, name)) return name == "type" || name == "enum" ? reshape : keep;
      return name.starts_with("$") || name == "definitions" || name.starts_with("x-") || (known && row->gemini == note)
                 ? note
                 : lose;
  }
  return keep;
}

/// Whether a text between quotes, which may be a keyword, a property's name or a value, could need the rewriter.
bool is_trigger(SchemaTarget target, std::string_view word) {
  if (word.empty() || word.size() > 24) return false;
  if (word[0] >= 'A' && word[0] <= 'Z') return std::ranges::binary_search(kTypedTypes, word);
  switch (fate_of(target, word)) {
    case keep:
      return false;
    case reshape:
      return !word.starts_with("m") && word != "format";  // these only where typed types stand too
    default:
      return true;
  }
}

/// One pass over the quoted words, so that most schemas are never parsed.
bool may_need_rewriting(SchemaTarget target, std::string_view schema) {
  if (target == SchemaTarget::anthropic_output || target == SchemaTarget::gemini_typed) return true;
  for (std::size_t at = schema.find('"'); at != std::string_view::npos; at = schema.find('"', at)) {
    const std::size_t begin = at + 1;
    std::size_t end = begin;
    while (end < schema.size() && schema[end] != '"') end += schema[end] == '\\' ? 2 : 1;
    if (end >= schema.size()) return true;
    if (is_trigger(target, schema.substr(begin, end - begin))) return true;
    at = end + 1;
  }
  return false;
}

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
      if (output() && (!value.is_string() || !std::ranges::binary_search(kOutputFormats, value.get<std::string>())))
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
    if (type != schema.end() && type->is_string() && std::ranges::binary_search(kTypedTypes, type->get<std::string>()))
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
      const Dom rewritten = Rewriter(target, losses).run(*dom, std::string(path));
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
