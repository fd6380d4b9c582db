#include "adapters/token_counter.hpp"

#include "json/writer.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace aigw::adapters {
namespace {

using llm::Dialect;

// What the count endpoints take of a chat request (API references, 2026-11-23); they refuse the rest.
constexpr std::array<std::string_view, 7> kMessagesMembers = {"model",       "messages", "system",       "tools",
                                                              "tool_choice", "thinking", "output_config"};
constexpr std::array<std::string_view, 8> kResponsesMembers = {
    "model", "input", "instructions", "tools", "tool_choice", "parallel_tool_calls", "reasoning", "text"};
// Google's cloud counts what stands in the body itself, without the wrapping of Gemini's own count.
constexpr std::array<std::string_view, 4> kHostedGenerateMembers = {"contents", "systemInstruction", "tools",
                                                                    "generationConfig"};

std::string only(std::string_view body, std::span<const std::string_view> wanted) {
  std::string out;
  json::Writer writer(out);
  writer.begin_object();
  json::View::of(body).each_member([&](std::string_view name, json::View value) {
    if (std::ranges::find(wanted, name) != wanted.end()) writer.key(name).raw(value.raw());
  });
  writer.end_object();
  return out;
}

std::string wrapped(std::string_view model, std::string_view body) {
  std::string out;
  json::Writer writer(out);
  writer.begin_object().key("generateContentRequest").begin_object();
  writer.member("model", "models/" + std::string(model));
  json::View::of(body).each_member([&](std::string_view name, json::View value) { writer.key(name).raw(value.raw()); });
  writer.end_object().end_object();
  return out;
}

class Counter final : public llm::TokenCounter {
 public:
  std::optional<llm::EncodedRequest> request(Dialect provider, const llm::Hosting* hosting, std::string_view model,
                                             const llm::EncodedRequest& chat) const override {
    if (hosting && hosting->count.empty()) return std::nullopt;
    switch (provider) {
      case Dialect::anthropic_messages:
        return llm::EncodedRequest{chat.path + "/count_tokens", chat.headers, only(chat.body, kMessagesMembers)};
      case Dialect::openai_responses:
        return llm::EncodedRequest{chat.path + "/input_tokens", chat.headers, only(chat.body, kResponsesMembers)};
      case Dialect::gemini_generate:
        return llm::EncodedRequest{chat.path.substr(0, chat.path.rfind(':')) + ":countTokens", chat.headers,
                                   hosting ? only(chat.body, kHostedGenerateMembers) : wrapped(model, chat.body)};
      case Dialect::openai_chat:
      case Dialect::none:
        break;
    }
    return std::nullopt;
  }

  std::optional<std::int64_t> read(Dialect provider, std::string_view body) const override {
    const json::View answer = json::View::of(body);
    return answer[provider == Dialect::gemini_generate ? "totalTokens" : "input_tokens"].integer();
  }

  std::string write(Dialect client, std::int64_t tokens) const override {
    std::string out;
    json::Writer writer(out);
    writer.begin_object();
    if (client == Dialect::openai_responses) writer.member("object", "response.input_tokens");
    writer.key(client == Dialect::gemini_generate ? "totalTokens" : "input_tokens").integer(tokens);
    writer.end_object();
    return out;
  }

  std::string_view chat_request(Dialect client, const json::Object& body) const override {
    if (client == Dialect::gemini_generate)
      for (const std::string_view name : {"generateContentRequest", "generate_content_request"})
        if (const json::View inside = body[name]; inside.type() == json::Type::object) return inside.raw();
    return body.text();
  }
};

}  // namespace

const llm::TokenCounter& token_counter() {
  static const Counter counter;
  return counter;
}

}  // namespace aigw::adapters
