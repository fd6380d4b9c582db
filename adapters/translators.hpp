#pragma once
// The four translators, as adapters hand them to the gateway. Static, stateless; any thread.

#include "llm/translator.hpp"

namespace aigw::adapters {

const llm::Translator& openai_chat_translator();
const llm::Translator& openai_responses_translator();
const llm::Translator& anthropic_messages_translator();
const llm::Translator& gemini_generate_translator();

/// Null for Dialect::none.
const llm::Translator* translator(llm::Dialect dialect);

}  // namespace aigw::adapters
