#pragma once
// The wire formats and what can be asked in them. Names are stable: they stand in configuration, rows and headers.

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace aigw::llm {

enum class Dialect : std::uint8_t { none, openai_chat, openai_responses, anthropic_messages, gemini_generate };
enum class Operation : std::uint8_t {
  none,
  chat,
  completions,
  embeddings,
  moderations,
  count_tokens,
  list_models,
  get_model,
  passthrough,  ///< what only its own dialect has: a stored response, a compaction
  images,
  audio,
  rerank,
};

/// The last of them, for readers of stored numbers.
inline constexpr Operation kLastOperation = Operation::rerank;
/// Its answers may be anything: pictures, sound, text.
constexpr bool is_media(Operation operation) { return operation == Operation::images || operation == Operation::audio; }

std::string_view name_of(Dialect dialect);      ///< "openai-chat"; "" for none
std::string_view name_of(Operation operation);  ///< "chat"
std::optional<Dialect> dialect_named(std::string_view name);

/// Every dialect that a provider may be said to speak, for help and errors.
inline constexpr std::array kDialects = {Dialect::anthropic_messages, Dialect::gemini_generate, Dialect::openai_chat,
                                         Dialect::openai_responses};

}  // namespace aigw::llm
