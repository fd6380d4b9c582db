#pragma once
// JSON schemas for targets that take less than the client wrote. Deterministic, order-keeping; a schema that the target
// takes as it is comes back byte for byte. Any thread.

#include "llm/loss.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aigw::llm {

enum class SchemaTarget : std::uint8_t {
  openai,            ///< chat and responses, not strict
  openai_strict,     ///< the caller made sure with is_strict()
  anthropic,         ///< a tool's input_schema: the root must say type object
  anthropic_output,  ///< output_config.format: every object closed, no numeric and length keywords
  gemini,            ///< parametersJsonSchema, responseJsonSchema
  gemini_typed,      ///< parameters, responseSchema: the 22 OpenAPI words
};

/// The schema as the target takes it. Gemini's typed forms (STRING, nullable) become JSON Schema's for all others.
/// Dropped keywords are losses under `path`. `schema` empty: what the target writes for "no arguments", may be empty.
std::string schema_for(SchemaTarget target, std::string_view schema, std::string_view path, Losses& losses);

/// OpenAI's strict rule: every object has additionalProperties false and requires all of its properties.
bool is_strict(std::string_view schema);
/// Why a tool's parameter schema cannot be sent anywhere ("the root is no object"); nothing when it can.
std::optional<std::string_view> unusable_root(std::string_view schema);

}  // namespace aigw::llm
