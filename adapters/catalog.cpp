#include "adapters/catalog.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace aigw::adapters {
namespace {

using llm::ModelFact;

/// Dollars per million tokens, as price lists give them, in picodollars per token. At compile time, so that no double
/// ever meets a sum.
consteval std::int64_t pico(double usd_per_million) {
  const double exact = usd_per_million * 1e6;
  const auto rounded = static_cast<std::int64_t>(exact + 0.5);
  const double off = exact - static_cast<double>(rounded);
  if (off > 1e-3 || off < -1e-3) throw "a price finer than a picodollar";
  return rounded;
}

consteval ModelFact model(std::string_view provider, std::string_view id, std::int64_t context, std::int64_t output_max,
                          double input, double cache_read, double cache_write, double output, std::string_view can) {
  return {.provider = provider,
          .id = id,
          .context_tokens_max = context,
          .output_tokens_max = output_max,
          .input_pico_usd = pico(input),
          .cache_read_pico_usd = pico(cache_read),
          .cache_write_pico_usd = pico(cache_write),
          .output_pico_usd = pico(output),
          .capabilities = can};
}

// OpenAI did not charge for cache writes before gpt-5.6: they cost what input costs.
consteval ModelFact openai(std::string_view id, std::int64_t context, std::int64_t output_max, double input,
                           double cache_read, double output, std::string_view can) {
  return model("openai", id, context, output_max, input, cache_read, input, output, can);
}

// Anthropic's rule since claude 3: a cache read is a tenth of input, a five-minute cache write five quarters.
consteval ModelFact claude(std::string_view id, std::int64_t context, std::int64_t output_max, double input,
                           double output, std::string_view can) {
  return model("anthropic", id, context, output_max, input, input / 10, input * 1.25, output, can);
}

// (id, context and output limits in tokens, USD per million: input, cache read, cache write, output; capabilities)
constexpr std::array kCatalog = {
    claude("claude-3-5-haiku-20241022", 200'000, 8'192, 0.8, 4, "chat tools vision"),
    claude("claude-3-5-haiku-latest", 200'000, 8'192, 0.8, 4, "chat tools vision"),
    claude("claude-3-5-sonnet-20240620", 200'000, 8'192, 3, 15, "chat tools vision"),
    claude("claude-3-5-sonnet-20241022", 200'000, 8'192, 3, 15, "chat tools vision"),
    claude("claude-3-5-sonnet-latest", 200'000, 8'192, 3, 15, "chat tools vision"),
    claude("claude-3-7-sonnet-20250219", 200'000, 64'000, 3, 15, "chat tools vision reasoning"),
    claude("claude-3-7-sonnet-latest", 200'000, 64'000, 3, 15, "chat tools vision reasoning"),
    model("anthropic", "claude-3-haiku-20240307", 200'000, 4'096, 0.25, 0.03, 0.3, 1.25, "chat tools vision"),
    claude("claude-3-opus-20240229", 200'000, 4'096, 15, 75, "chat tools vision"),
    claude("claude-3-opus-latest", 200'000, 4'096, 15, 75, "chat tools vision"),
    claude("claude-fable-5", 1'000'000, 128'000, 10, 50, "chat tools vision reasoning"),
    claude("claude-haiku-4-5", 200'000, 64'000, 1, 5, "chat tools vision reasoning"),
    claude("claude-haiku-4-5-20251001", 200'000, 64'000, 1, 5, "chat tools vision reasoning"),
    claude("claude-opus-4-0", 200'000, 32'000, 15, 75, "chat tools vision reasoning"),
    claude("claude-opus-4-1", 200'000, 32'000, 15, 75, "chat tools vision reasoning"),
    claude("claude-opus-4-1-20250805", 200'000, 32'000, 15, 75, "chat tools vision reasoning"),
    claude("claude-opus-4-20250514", 200'000, 32'000, 15, 75, "chat tools vision reasoning"),
    claude("claude-opus-4-5", 200'000, 64'000, 5, 25, "chat tools vision reasoning"),
    claude("claude-opus-4-5-20251101", 200'000, 64'000, 5, 25, "chat tools vision reasoning"),
    claude("claude-opus-4-6", 1'000'000, 128'000, 5, 25, "chat tools vision reasoning"),
    claude("claude-opus-4-6-20260205", 1'000'000, 128'000, 5, 25, "chat tools vision reasoning"),
    claude("claude-opus-4-7", 1'000'000, 128'000, 5, 25, "chat tools vision reasoning"),
    claude("claude-opus-4-7-20260416", 1'000'000, 128'000, 5, 25, "chat tools vision reasoning"),
    claude("claude-opus-4-8", 1'000'000, 128'000, 5, 25, "chat tools vision reasoning"),
    claude("claude-opus-5", 1'000'000, 128'000, 5, 25, "chat tools vision reasoning"),
    claude("claude-sonnet-4-0", 1'000'000, 64'000, 3, 15, "chat tools vision reasoning"),
    claude("claude-sonnet-4-20250514", 1'000'000, 64'000, 3, 15, "chat tools vision reasoning"),
    claude("claude-sonnet-4-5", 200'000, 64'000, 3, 15, "chat tools vision reasoning"),
    claude("claude-sonnet-4-5-20250929", 200'000, 64'000, 3, 15, "chat tools vision reasoning"),
    claude("claude-sonnet-4-6", 1'000'000, 64'000, 3, 15, "chat tools vision reasoning"),
    claude("claude-sonnet-5", 1'000'000, 128'000, 2, 10, "chat tools vision reasoning"),
    openai("babbage-002", 16'384, 4'096, 0.4, 0.4, 0.4, "completions"),
    openai("chatgpt-4o-latest", 128'000, 4'096, 5, 5, 15, "chat tools vision"),
    openai("codex-mini-latest", 200'000, 100'000, 1.5, 0.375, 6, "responses tools vision reasoning"),
    openai("davinci-002", 16'384, 4'096, 2, 2, 2, "completions"),
    openai("gpt-3.5-turbo", 16'385, 4'096, 0.5, 0.5, 1.5, "chat tools"),
    openai("gpt-3.5-turbo-0125", 16'385, 4'096, 0.5, 0.5, 1.5, "chat tools"),
    openai("gpt-3.5-turbo-1106", 16'385, 4'096, 1, 1, 2, "chat tools"),
    openai("gpt-3.5-turbo-16k", 16'385, 4'096, 3, 3, 4, "chat"),
    openai("gpt-3.5-turbo-instruct", 8'192, 4'096, 1.5, 1.5, 2, "completions"),
    openai("gpt-4", 8'192, 4'096, 30, 30, 60, "chat tools"),
    openai("gpt-4-0613", 8'192, 4'096, 30, 30, 60, "chat tools"),
    openai("gpt-4-turbo", 128'000, 4'096, 10, 10, 30, "chat tools vision"),
    openai("gpt-4-turbo-2024-04-09", 128'000, 4'096, 10, 10, 30, "chat tools vision"),
    openai("gpt-4.1", 1'047'576, 32'768, 2, 0.5, 8, "chat tools vision"),
    openai("gpt-4.1-2025-04-14", 1'047'576, 32'768, 2, 0.5, 8, "chat tools vision"),
    openai("gpt-4.1-mini", 1'047'576, 32'768, 0.4, 0.1, 1.6, "chat tools vision"),
    openai("gpt-4.1-mini-2025-04-14", 1'047'576, 32'768, 0.4, 0.1, 1.6, "chat tools vision"),
    openai("gpt-4.1-nano", 1'047'576, 32'768, 0.1, 0.025, 0.4, "chat tools vision"),
    openai("gpt-4.1-nano-2025-04-14", 1'047'576, 32'768, 0.1, 0.025, 0.4, "chat tools vision"),
    openai("gpt-4o", 128'000, 16'384, 2.5, 1.25, 10, "chat tools vision"),
    openai("gpt-4o-2024-05-13", 128'000, 4'096, 5, 5, 15, "chat tools vision"),
    openai("gpt-4o-2024-08-06", 128'000, 16'384, 2.5, 1.25, 10, "chat tools vision"),
    openai("gpt-4o-2024-11-20", 128'000, 16'384, 2.5, 1.25, 10, "chat tools vision"),
    openai("gpt-4o-mini", 128'000, 16'384, 0.15, 0.075, 0.6, "chat tools vision"),
    openai("gpt-4o-mini-2024-07-18", 128'000, 16'384, 0.15, 0.075, 0.6, "chat tools vision"),
    openai("gpt-4o-mini-search-preview", 128'000, 16'384, 0.15, 0.075, 0.6, "chat tools vision"),
    openai("gpt-4o-search-preview", 128'000, 16'384, 2.5, 1.25, 10, "chat tools vision"),
    openai("gpt-5", 272'000, 128'000, 1.25, 0.125, 10, "chat tools vision reasoning"),
    openai("gpt-5-2025-08-07", 272'000, 128'000, 1.25, 0.125, 10, "chat tools vision reasoning"),
    openai("gpt-5-chat-latest", 128'000, 16'384, 1.25, 0.125, 10, "chat vision reasoning"),
    openai("gpt-5-codex", 272'000, 128'000, 1.25, 0.125, 10, "responses tools vision reasoning"),
    openai("gpt-5-mini", 272'000, 128'000, 0.25, 0.025, 2, "chat tools vision reasoning"),
    openai("gpt-5-mini-2025-08-07", 272'000, 128'000, 0.25, 0.025, 2, "chat tools vision reasoning"),
    openai("gpt-5-nano", 272'000, 128'000, 0.05, 0.005, 0.4, "chat tools vision reasoning"),
    openai("gpt-5-nano-2025-08-07", 272'000, 128'000, 0.05, 0.005, 0.4, "chat tools vision reasoning"),
    openai("gpt-5-pro", 400'000, 128'000, 15, 15, 120, "responses tools vision reasoning"),
    openai("gpt-5-pro-2025-10-06", 400'000, 128'000, 15, 15, 120, "responses tools vision reasoning"),
    openai("gpt-5-search-api", 272'000, 128'000, 1.25, 0.125, 10, "chat tools vision"),
    openai("gpt-5.1", 272'000, 128'000, 1.25, 0.125, 10, "chat tools vision reasoning"),
    openai("gpt-5.1-2025-11-13", 272'000, 128'000, 1.25, 0.125, 10, "chat tools vision reasoning"),
    openai("gpt-5.1-chat-latest", 128'000, 16'384, 1.25, 0.125, 10, "chat vision reasoning"),
    openai("gpt-5.1-codex", 272'000, 128'000, 1.25, 0.125, 10, "responses tools vision reasoning"),
    openai("gpt-5.1-codex-max", 272'000, 128'000, 1.25, 0.125, 10, "responses tools vision reasoning"),
    openai("gpt-5.1-codex-mini", 272'000, 128'000, 0.25, 0.025, 2, "responses tools vision reasoning"),
    openai("gpt-5.2", 272'000, 128'000, 1.75, 0.175, 14, "chat tools vision reasoning"),
    openai("gpt-5.2-2025-12-11", 272'000, 128'000, 1.75, 0.175, 14, "chat tools vision reasoning"),
    openai("gpt-5.2-chat-latest", 128'000, 16'384, 1.75, 0.175, 14, "chat tools vision reasoning"),
    openai("gpt-5.2-codex", 272'000, 128'000, 1.75, 0.175, 14, "responses tools vision reasoning"),
    openai("gpt-5.2-pro", 272'000, 128'000, 21, 21, 168, "responses tools vision reasoning"),
    openai("gpt-5.2-pro-2025-12-11", 272'000, 128'000, 21, 21, 168, "responses tools vision reasoning"),
    openai("gpt-5.3-chat-latest", 128'000, 16'384, 1.75, 0.175, 14, "chat tools vision reasoning"),
    openai("gpt-5.3-codex", 272'000, 128'000, 1.75, 0.175, 14, "responses tools vision reasoning"),
    openai("gpt-5.4", 1'050'000, 128'000, 2.5, 0.25, 15, "chat tools vision reasoning"),
    openai("gpt-5.4-2026-03-05", 1'050'000, 128'000, 2.5, 0.25, 15, "chat tools vision reasoning"),
    openai("gpt-5.4-mini", 1'050'000, 128'000, 0.75, 0.075, 4.5, "chat tools vision reasoning"),
    openai("gpt-5.4-mini-2026-03-17", 1'050'000, 128'000, 0.75, 0.075, 4.5, "chat tools vision reasoning"),
    openai("gpt-5.4-nano", 1'050'000, 128'000, 0.2, 0.02, 1.25, "chat tools vision reasoning"),
    openai("gpt-5.4-nano-2026-03-17", 1'050'000, 128'000, 0.2, 0.02, 1.25, "chat tools vision reasoning"),
    openai("gpt-5.4-pro", 1'050'000, 128'000, 30, 3, 180, "responses tools vision reasoning"),
    openai("gpt-5.4-pro-2026-03-05", 1'050'000, 128'000, 30, 3, 180, "responses tools vision reasoning"),
    openai("gpt-5.5", 1'050'000, 128'000, 5, 0.5, 30, "chat tools vision reasoning"),
    openai("gpt-5.5-2026-04-23", 1'050'000, 128'000, 5, 0.5, 30, "chat tools vision reasoning"),
    openai("gpt-5.5-pro", 1'050'000, 128'000, 30, 3, 180, "responses tools vision reasoning"),
    openai("gpt-5.5-pro-2026-04-23", 1'050'000, 128'000, 30, 3, 180, "responses tools vision reasoning"),
    model("openai", "gpt-5.6", 1'050'000, 128'000, 5, 0.5, 6.25, 30, "chat tools vision reasoning"),
    model("openai", "gpt-5.6-luna", 1'050'000, 128'000, 1, 0.1, 1.25, 6, "chat tools vision reasoning"),
    model("openai", "gpt-5.6-sol", 1'050'000, 128'000, 5, 0.5, 6.25, 30, "chat tools vision reasoning"),
    model("openai", "gpt-5.6-terra", 1'050'000, 128'000, 2.5, 0.25, 3.125, 15, "chat tools vision reasoning"),
    openai("o1", 200'000, 100'000, 15, 7.5, 60, "chat tools vision reasoning"),
    openai("o1-2024-12-17", 200'000, 100'000, 15, 7.5, 60, "chat tools vision reasoning"),
    openai("o1-pro", 200'000, 100'000, 150, 150, 600, "responses tools vision reasoning"),
    openai("o3", 200'000, 100'000, 2, 0.5, 8, "chat tools vision reasoning"),
    openai("o3-2025-04-16", 200'000, 100'000, 2, 0.5, 8, "chat tools vision reasoning"),
    openai("o3-deep-research", 200'000, 100'000, 10, 2.5, 40, "responses tools vision"),
    openai("o3-mini", 200'000, 100'000, 1.1, 0.55, 4.4, "chat tools reasoning"),
    openai("o3-mini-2025-01-31", 200'000, 100'000, 1.1, 0.55, 4.4, "chat tools reasoning"),
    openai("o3-pro", 200'000, 100'000, 20, 20, 80, "responses tools vision reasoning"),
    openai("o3-pro-2025-06-10", 200'000, 100'000, 20, 20, 80, "responses tools vision reasoning"),
    openai("o4-mini", 200'000, 100'000, 1.1, 0.275, 4.4, "chat tools vision reasoning"),
    openai("o4-mini-2025-04-16", 200'000, 100'000, 1.1, 0.275, 4.4, "chat tools vision reasoning"),
    openai("o4-mini-deep-research", 200'000, 100'000, 2, 0.5, 8, "responses tools vision"),
    openai("omni-moderation-2024-09-26", 32'768, 0, 0, 0, 0, "moderations"),
    openai("omni-moderation-latest", 32'768, 0, 0, 0, 0, "moderations"),
    openai("text-embedding-3-large", 8'191, 0, 0.13, 0.13, 0, "embeddings"),
    openai("text-embedding-3-small", 8'191, 0, 0.02, 0.02, 0, "embeddings"),
    openai("text-embedding-ada-002", 8'191, 0, 0.1, 0.1, 0, "embeddings"),
    openai("text-moderation-latest", 32'768, 0, 0, 0, 0, "moderations"),
};

constexpr auto key_of = [](const ModelFact& fact) { return std::pair(fact.provider, fact.id); };
static_assert(std::ranges::adjacent_find(kCatalog, std::ranges::greater_equal{}, key_of) == kCatalog.end(),
              "keep the catalogue sorted by provider and id, each id once");

}  // namespace

std::span<const ModelFact> catalog() { return kCatalog; }

}  // namespace aigw::adapters
