#pragma once
// What becomes of JSON Schema's keywords at each target. Only for the schema files beside it. Pure.

#include "llm/schema.hpp"

#include <cstdint>
#include <string_view>

namespace aigw::llm {

/// What becomes of a keyword at a target.
enum class Fate : std::uint8_t {
  keep,
  note,      ///< goes without effect on the answer
  lose,      ///< goes, and the answer may differ
  describe,  ///< goes into the description, so that the model still knows
  reshape,   ///< said in other words: see Rewriter
};

Fate fate_of(SchemaTarget target, std::string_view keyword);
/// "STRING" and the other types of Gemini's typed form.
bool is_typed_type(std::string_view type);
/// The formats that Anthropic's output format takes.
bool is_output_format(std::string_view format);
/// One pass over the quoted words, so that most schemas are never parsed.
bool may_need_rewriting(SchemaTarget target, std::string_view schema);

}  // namespace aigw::llm
