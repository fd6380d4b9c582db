#include "adapters/translators.hpp"

namespace aigw::adapters {

const llm::Translator* translator(llm::Dialect dialect) {
  switch (dialect) {
    case llm::Dialect::openai_chat:
      return &openai_chat_translator();
    case llm::Dialect::openai_responses:
      return &openai_responses_translator();
    case llm::Dialect::anthropic_messages:
      return &anthropic_messages_translator();
    case llm::Dialect::gemini_generate:
      return &gemini_generate_translator();
    case llm::Dialect::none:
      break;
  }
  return nullptr;
}

}  // namespace aigw::adapters
