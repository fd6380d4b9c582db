#pragma once
// Embeddings between openai-chat (/v1/embeddings) and gemini-generate (:embedContent, :batchEmbedContents).

#include "llm/embedder.hpp"

namespace aigw::adapters {

/// Static, stateless; any thread.
const llm::Embedder& embedder();

}  // namespace aigw::adapters
