#include "llm/dialect.hpp"

namespace aigw::llm {
namespace {

constexpr std::array<std::string_view, 5> kDialectNames = {"", "openai-chat", "openai-responses", "anthropic-messages",
                                                           "gemini-generate"};
constexpr std::array<std::string_view, 12> kOperationNames = {
    "",          "chat",        "completions", "embeddings", "moderations", "count_tokens", "list_models",
    "get_model", "passthrough", "images",      "audio",      "rerank"};

}  // namespace

std::string_view name_of(Dialect dialect) { return kDialectNames[static_cast<std::size_t>(dialect)]; }
std::string_view name_of(Operation operation) { return kOperationNames[static_cast<std::size_t>(operation)]; }

std::optional<Dialect> dialect_named(std::string_view name) {
  for (const Dialect dialect : kDialects)
    if (name_of(dialect) == name) return dialect;
  return std::nullopt;
}

}  // namespace aigw::llm
