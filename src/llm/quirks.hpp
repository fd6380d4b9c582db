#pragma once
// Where a host differs from its dialect. Each flag has the host's own words as its reason. Values.

#include <cstdint>

namespace aigw::llm {

enum class Quirks : std::uint16_t {
  none = 0,
  /// OpenAI: "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens'
  /// instead." Other hosts know `max_tokens` alone.
  max_completion_tokens = 1U << 0U,
  /// Mistral: "Tool call id was call_... but must be a-z, A-Z, 0-9, with a length of 9."
  nine_character_call_ids = 1U << 1U,
  /// DeepSeek: "Missing `reasoning_content` field in the assistant message": what it thought goes back to it.
  replays_reasoning_content = 1U << 2U,
  /// OpenAI has a role `developer`; others: "unknown variant `developer`, expected one of `system`, `user`, ...".
  developer_role = 1U << 3U,
  /// Vertex AI: "Unknown name \"serviceTier\": Cannot find field." Its tiers are bought, not asked for.
  no_service_tier = 1U << 4U,
};

constexpr Quirks operator|(Quirks a, Quirks b) {
  return static_cast<Quirks>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}
constexpr bool has(Quirks quirks, Quirks flag) {
  return (static_cast<unsigned>(quirks) & static_cast<unsigned>(flag)) != 0;
}

}  // namespace aigw::llm
