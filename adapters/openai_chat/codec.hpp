#pragma once
// The openai-chat dialect: /v1/chat/completions and its neighbours completions, embeddings and moderations.

#include "llm/codec.hpp"

namespace aigw::adapters {

/// Static, stateless; any thread.
const llm::Codec& openai_chat_codec();

namespace openai_chat {

/// The usage object of an answer in disjoint buckets. Sources: the recorded answers of OpenAI, DeepSeek, Mistral,
/// Moonshot and xAI, 2026-11-23: prompt_tokens includes what was read from or written to a cache; xAI alone leaves
/// reasoning out of completion_tokens, told by a total that only then adds up.
std::optional<TokenUsage> read_usage(json::View usage);

std::unique_ptr<llm::StreamTap> make_stream_tap(bool hide_usage);

}  // namespace openai_chat
}  // namespace aigw::adapters
