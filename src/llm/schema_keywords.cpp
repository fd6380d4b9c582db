#include "llm/schema_keywords.hpp"

#include <algorithm>
#include <array>

namespace aigw::llm {
namespace {

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

}  // namespace

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

bool is_typed_type(std::string_view type) { return std::ranges::binary_search(kTypedTypes, type); }
bool is_output_format(std::string_view format) { return std::ranges::binary_search(kOutputFormats, format); }

namespace {

/// Whether a text between quotes, which may be a keyword, a property's name or a value, could need the rewriter.
bool is_trigger(SchemaTarget target, std::string_view word) {
  if (word.empty() || word.size() > 24) return false;
  if (word[0] >= 'A' && word[0] <= 'Z') return is_typed_type(word);
  switch (fate_of(target, word)) {
    case keep:
      return false;
    case reshape:
      return !word.starts_with("m") && word != "format";  // these only where typed types stand too
    default:
      return true;
  }
}

}  // namespace

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

}  // namespace aigw::llm
