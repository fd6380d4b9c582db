#pragma once
// A chat answer in no dialect's form. Values.

#include "base/tokens.hpp"
#include "llm/block.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aigw::llm {

struct Finish {
  enum class Reason : std::uint8_t {
    stop,
    length,
    tool,    ///< it waits for the client's tools: decided by the blocks, whatever the provider's word
    filter,  ///< refused, or cut by a filter
    pause,   ///< Anthropic's pause_turn: the client is to send it back
    other,
  };
  Reason reason = Reason::stop;
  std::string detail = {};         ///< the provider's own word: "model_context_window_exceeded", "SAFETY"
  std::string stop_sequence = {};  ///< which one, where the provider says so
  std::string explanation = {};    ///< of a refusal, where there is one
};

struct Candidate {
  std::vector<Block> blocks = {};
  Finish finish = {};
  std::string logprobs = {};  ///< raw JSON: the array of OpenAI's `logprobs.content`; empty when there is none
};

struct Answer {
  std::string id = {};  ///< the provider's
  std::string model = {};
  std::int64_t created_s = 0;  ///< Unix; 0: not said
  std::vector<Candidate> candidates = {};
  std::optional<TokenUsage> usage = {};
};

/// `stop` and `tool` by what the blocks hold.
void settle_finish(Candidate& candidate);

}  // namespace aigw::llm
