#include "llm/token_estimate.hpp"

namespace aigw::llm {
namespace {

constexpr std::int64_t kTurnTokens = 4;  // role and separators
constexpr std::int64_t kToolTokens = 8;

std::int64_t tokens_of(const Block& block) {
  if (const auto* text = block.as<Text>()) return estimate_tokens(text->text);
  if (const auto* refusal = block.as<Refusal>()) return estimate_tokens(refusal->text);
  if (const auto* call = block.as<ToolCall>())
    return kToolTokens + estimate_tokens(call->name) + estimate_tokens(call->arguments);
  if (const auto* result = block.as<ToolResult>())
    return kToolTokens + estimate_tokens(result->text) + kMediaTokens * static_cast<std::int64_t>(result->media.size());
  if (const auto* thinking = block.as<Thinking>()) return estimate_tokens(thinking->text);
  if (const auto* media = block.as<Media>())
    return media->form == Media::Form::text ? estimate_tokens(media->data) : kMediaTokens;
  return 0;
}

}  // namespace

std::int64_t estimate_tokens(std::string_view text) {
  std::int64_t ascii = 0;
  std::int64_t beyond = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80)
      ++ascii;
    else if ((byte & 0xC0U) == 0xC0U)
      ++beyond;  // the first byte of a character
  }
  return (ascii + 3) / 4 + beyond;
}

std::int64_t estimate_prompt_tokens(const ChatRequest& request) {
  std::int64_t tokens = 0;
  for (const Block& block : request.system) tokens += tokens_of(block);
  for (const Turn& turn : request.turns) {
    tokens += kTurnTokens;
    for (const Block& block : turn.blocks) tokens += tokens_of(block);
  }
  for (const Tool& tool : request.tools)
    tokens +=
        kToolTokens + estimate_tokens(tool.name) + estimate_tokens(tool.description) + estimate_tokens(tool.schema);
  if (!request.output.schema.empty()) tokens += estimate_tokens(request.output.schema);
  return tokens;
}

}  // namespace aigw::llm
