#pragma once
// Ids of tool calls between dialects with different rules. A legal id goes through as it is; another becomes a hash of
// itself, so that a call and its result keep meeting without a table. Pure.

#include <cstddef>
#include <string>
#include <string_view>

namespace aigw::llm {

/// [a-zA-Z0-9_-] only (Anthropic's rule, the strictest) and at most `size_max` characters.
bool is_legal_call_id(std::string_view id, std::size_t size_max);
/// `id` where it is legal, else "call_" and 24 characters of its SHA-256.
std::string call_id_for(std::string_view id, std::size_t size_max);
/// For a call that came without one: `prefix` ("call_", "toolu_"), the request's id and the call's number.
std::string made_call_id(std::string_view prefix, std::string_view request_id, std::size_t number);

inline constexpr std::size_t kCallIdCharsMax = 64;      ///< OpenAI responses; none known for Anthropic and Gemini
inline constexpr std::size_t kChatCallIdCharsMax = 40;  ///< OpenAI chat, enforced in 2025

}  // namespace aigw::llm
