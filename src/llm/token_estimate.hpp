#pragma once
// How many tokens a text is, about: for where no provider can be asked. Always marked as an estimate. Pure.

#include "llm/request.hpp"

#include <cstdint>
#include <string_view>

namespace aigw::llm {

/// Four letters a token, a token for each character beyond Latin: within a quarter of what the tokenizers of 2026 say
/// of prose and code.
std::int64_t estimate_tokens(std::string_view text);
/// The whole prompt: texts, calls, results, tool definitions; a picture or a document counts as kMediaTokens.
std::int64_t estimate_prompt_tokens(const ChatRequest& request);

inline constexpr std::int64_t kMediaTokens = 1'000;

}  // namespace aigw::llm
