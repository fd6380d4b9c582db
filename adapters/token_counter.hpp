#pragma once
// The count endpoints of the dialects: messages/count_tokens, responses/input_tokens, :countTokens.

#include "llm/token_counter.hpp"

namespace aigw::adapters {

/// Static, stateless; any thread.
const llm::TokenCounter& token_counter();

}  // namespace aigw::adapters
