#pragma once
// Seals of other providers that a translated answer of ours left in a client's history, taken out of a request that
// goes on as the client wrote it: its provider would refuse them for ever. Pure.

#include "json/scan.hpp"
#include "json/splice.hpp"

#include <vector>

namespace aigw::adapters {

// Each appends its edits in the order of the text; none, and no more than a search, where no such seal is.

/// anthropic-messages: thinking and redacted_thinking blocks, and turns of nothing else.
void strip_messages_seals(const json::Object& body, std::vector<json::Edit>& edits);
/// openai-responses: reasoning items.
void strip_responses_seals(const json::Object& body, std::vector<json::Edit>& edits);
/// openai-chat: elements of `reasoning_details`.
void strip_chat_seals(const json::Object& body, std::vector<json::Edit>& edits);
/// gemini-generate: `thoughtSignature` becomes the value by which Google lets calls of other models pass.
void strip_gemini_seals(const json::Object& body, std::vector<json::Edit>& edits);

}  // namespace aigw::adapters
