#pragma once
// What a model refuses although its dialect has it. Data with a date, matched by the family's prefix; an unknown model
// refuses nothing: its provider will say so. Values.

#include <cstdint>
#include <string_view>

namespace aigw::llm {

struct ModelTraits {
  enum class Thinking : std::uint8_t {
    unknown,   ///< ask for it as the dialect says
    none,      ///< has none: asking is an error
    budget,    ///< in tokens
    adaptive,  ///< Anthropic's adaptive with an effort
    level,     ///< Gemini's thinkingLevel, OpenAI's effort
  };
  Thinking thinking = Thinking::unknown;
  std::int64_t thinking_budget_min = 0;
  std::int64_t thinking_budget_max = 0;  ///< 0: not known
  bool can_stop_thinking = true;
  std::string_view efforts = {};   ///< OpenAI's words that the model takes, lowest first; empty: not known
  bool takes_xhigh_effort = true;  ///< Anthropic's adaptive models from 4.7 on
  bool refuses_sampling = false;   ///< temperature, top_p, top_k
  bool refuses_penalties = false;
  bool one_of_temperature_top_p = false;
  bool refuses_forced_tool = false;
  bool refuses_prefill = false;
  bool takes_output_format = true;     ///< Anthropic: output_config.format, from 4.5 on
  bool takes_system_turns = false;     ///< Anthropic: role system in messages
  bool needs_seals = false;            ///< Gemini 3: a call of the current turn without its signature is an error
  std::int64_t output_tokens_max = 0;  ///< 0: not known
};

}  // namespace aigw::llm
