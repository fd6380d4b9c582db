#include "adapters/registry.hpp"

#include "adapters/anthropic_messages/codec.hpp"
#include "adapters/catalog.hpp"
#include "adapters/embeddings.hpp"
#include "adapters/gemini_generate/codec.hpp"
#include "adapters/model_traits.hpp"
#include "adapters/openai_chat/codec.hpp"
#include "adapters/openai_responses/codec.hpp"
#include "adapters/providers.hpp"
#include "adapters/reframers.hpp"
#include "adapters/token_counter.hpp"
#include "adapters/translators.hpp"

#include <array>

namespace aigw::adapters {
namespace {

using llm::Dialect;
using llm::Operation;
using llm::Surface;

using enum http::Method;
using ModelAt = Surface::ModelAt;
constexpr std::array kSurfaces = {
    Surface{post, "/v1/chat/completions", "/chat/completions", Dialect::openai_chat, Operation::chat},
    Surface{post, "/v1/completions", "/completions", Dialect::openai_chat, Operation::completions},
    Surface{post, "/v1/embeddings", "/embeddings", Dialect::openai_chat, Operation::embeddings},
    Surface{post, "/v1/moderations", "/moderations", Dialect::openai_chat, Operation::moderations},
    Surface{post, "/v1/responses", "/responses", Dialect::openai_responses, Operation::chat},
    Surface{post, "/v1/responses/input_tokens", "/responses/input_tokens", Dialect::openai_responses,
            Operation::count_tokens},
    Surface{post, "/v1/responses/compact", "/responses/compact", Dialect::openai_responses, Operation::passthrough},
    Surface{post, "/v1/messages", "/v1/messages", Dialect::anthropic_messages, Operation::chat},
    Surface{post, "/v1/messages/count_tokens", "/v1/messages/count_tokens", Dialect::anthropic_messages,
            Operation::count_tokens},
    Surface{get, "/v1/responses/*", "/responses/", Dialect::openai_responses, Operation::passthrough},
    Surface{delete_, "/v1/responses/*", "/responses/", Dialect::openai_responses, Operation::passthrough},
    Surface{post, "/v1/images/generations", "/images/generations", Dialect::openai_chat, Operation::images},
    Surface{post, "/v1/images/edits", "/images/edits", Dialect::openai_chat, Operation::images},
    Surface{post, "/v1/images/variations", "/images/variations", Dialect::openai_chat, Operation::images},
    Surface{post, "/v1/audio/speech", "/audio/speech", Dialect::openai_chat, Operation::audio},
    Surface{post, "/v1/audio/transcriptions", "/audio/transcriptions", Dialect::openai_chat, Operation::audio},
    Surface{post, "/v1/audio/translations", "/audio/translations", Dialect::openai_chat, Operation::audio},
    Surface{post, "/v1/rerank", "/rerank", Dialect::openai_chat, Operation::rerank},
    Surface{post, "/v1beta/models/*:generateContent", "/v1beta/models/*:generateContent", Dialect::gemini_generate,
            Operation::chat, ModelAt::path},
    Surface{post, "/v1beta/models/*:streamGenerateContent", "/v1beta/models/*:streamGenerateContent",
            Dialect::gemini_generate, Operation::chat, ModelAt::path_streamed},
    Surface{post, "/v1beta/models/*:countTokens", "/v1beta/models/*:countTokens", Dialect::gemini_generate,
            Operation::count_tokens, ModelAt::path},
    Surface{post, "/v1beta/models/*:embedContent", "/v1beta/models/*:embedContent", Dialect::gemini_generate,
            Operation::embeddings, ModelAt::path},
    Surface{post, "/v1beta/models/*:batchEmbedContents", "/v1beta/models/*:batchEmbedContents",
            Dialect::gemini_generate, Operation::embeddings, ModelAt::path},
    // @ai-sdk/google leaves "models/" out where the model's name has a slash of its own.
    Surface{post, "/v1beta/*:generateContent", "/v1beta/models/*:generateContent", Dialect::gemini_generate,
            Operation::chat, ModelAt::path},
    Surface{post, "/v1beta/*:streamGenerateContent", "/v1beta/models/*:streamGenerateContent", Dialect::gemini_generate,
            Operation::chat, ModelAt::path_streamed},
    Surface{get, "/v1/models", "/models", Dialect::openai_chat, Operation::list_models},
    Surface{get, "/v1/models/*", "/models/", Dialect::openai_chat, Operation::get_model},
    Surface{get, "/v1beta/models", "/v1beta/models", Dialect::gemini_generate, Operation::list_models},
    Surface{get, "/v1beta/models/*", "/v1beta/models/", Dialect::gemini_generate, Operation::get_model},
};

}  // namespace

const llm::Registry& registry() {
  static const llm::Registry registry{providers(), catalog(), kCatalogDate, kCatalogSource};
  return registry;
}

const llm::Codecs& codecs() {
  static const std::array<const llm::Codec*, 5> by_dialect = {nullptr, &openai_chat_codec(), &openai_responses_codec(),
                                                              &anthropic_messages_codec(), &gemini_generate_codec()};
  static const std::array<const llm::Translator*, 5> translators = {
      nullptr, &openai_chat_translator(), &openai_responses_translator(), &anthropic_messages_translator(),
      &gemini_generate_translator()};
  static const llm::Codecs codecs{by_dialect,  kSurfaces,     translators, &token_counter(),
                                  &embedder(), &model_traits, &reframer_of};
  return codecs;
}

}  // namespace aigw::adapters
