#pragma once
// The pieces of the openai-chat translator, one file each. Only for this folder.

#include "json/view.hpp"
#include "json/writer.hpp"
#include "llm/call_id.hpp"
#include "llm/schema.hpp"
#include "llm/seal.hpp"
#include "llm/translator.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aigw::adapters::openai_chat {

inline constexpr llm::Dialect kDialect = llm::Dialect::openai_chat;

Result<llm::ChatRequest> decode_request(const json::Object& body, llm::Losses& losses);
Result<llm::EncodedRequest> encode_request(const llm::ChatRequest& request, const llm::EncodeTarget& target,
                                           llm::Losses& losses);

Result<llm::Answer> decode_answer(std::string_view body);
std::string encode_answer(const llm::Answer& answer, const llm::AnswerContext& context, llm::Losses& losses);

std::unique_ptr<llm::StreamDecoder> make_stream_decoder();
std::unique_ptr<llm::StreamEncoder> make_stream_encoder(const llm::AnswerContext& context);

llm::ProviderError decode_error(int status, std::string_view body, const http::Headers& headers);
std::string encode_error(const llm::ProviderError& error);
int status_of(const llm::ProviderError& error);

// request_decoder.cpp uses

/// The members of `messages`, in order, as the system text and the turns of `request`.
Status decode_messages(json::View messages, llm::ChatRequest& request, llm::Losses& losses);
/// `content` of a message: text or parts.
Status decode_content(json::View content, const std::string& path, std::vector<llm::Block>& blocks,
                      llm::Losses& losses);
Status decode_tools(json::View tools, llm::ChatRequest& request, llm::Losses& losses);
Status decode_functions(json::View functions, llm::ChatRequest& request, llm::Losses& losses);
Status decode_tool_choice(json::View choice, std::string_view path, llm::ChatRequest& request);
Status decode_response_format(json::View format, llm::ChatRequest& request, llm::Losses& losses);

// request_encoder.cpp uses

/// The member `messages`.
Status write_messages(json::Writer& out, const llm::ChatRequest& request, const llm::EncodeTarget& target,
                      llm::Losses& losses);
/// The members `tools`, `tool_choice` and `parallel_tool_calls`, where there are tools.
Status write_tools(json::Writer& out, const llm::ChatRequest& request, llm::Losses& losses);
/// One part of a user's message.
Status write_part(json::Writer& out, const llm::Block& block, llm::Losses& losses);

/// OpenAI's own models: other hosts know older names of some members only.
bool is_openai_model(std::string_view model);

// reasoning.cpp: reasoning beside a message, in requests and answers

/// What hosts call the text of it.
inline constexpr std::string_view kReasoningContent = "reasoning_content";  ///< DeepSeek, Moonshot, xAI, Z.ai
inline constexpr std::string_view kReasoning = "reasoning";                 ///< Ollama, Groq, OpenRouter

/// The members of a message that hold reasoning.
struct ReasoningMembers {
  json::View content = {};    ///< `reasoning_content`
  json::View reasoning = {};  ///< `reasoning`
  json::View details = {};    ///< `reasoning_details`, OpenRouter's list
  bool take(std::string_view name, json::View value);
  /// The text of them, only one of which is read: hosts repeat it.
  std::string text() const;
  /// What a host needs to have its reasoning back; nothing when there is neither text nor a seal.
  std::optional<llm::Seal> native_seal() const;
};

/// The element of `reasoning_details` that brings a seal of `provider` back to us, and the text that it belongs to:
/// the next `text_bytes` of the message's reasoning.
void write_seal(json::Writer& out, llm::Seal seal, std::string_view provider, std::size_t text_bytes, bool redacted);
/// The member of a call that does the same, in Google's own form.
void write_call_seal(json::Writer& out, llm::Seal seal, std::string_view provider);

/// Reasoning as the first blocks of an assistant's turn: ours by their seals, others as one.
void decode_reasoning(const ReasoningMembers& members, const std::string& path, std::vector<llm::Block>& blocks);

// answer_decoder.cpp, also for streams

llm::Finish decode_finish(std::string_view word);
/// url_citations of `annotations`.
std::vector<llm::Citation> decode_annotations(json::View annotations);
/// Text of a `content` that is text or a list of parts; what such a list holds of thinking goes to `thinking`.
std::string content_text(json::View content, std::string& thinking);
/// JSON text of a call's arguments: hosts write text, an object, or nothing.
std::string call_arguments(json::View arguments);

// answer_encoder.cpp, also for streams

/// The ids of one answer's calls: the provider's where they will do, each once.
class CallIds {
 public:
  explicit CallIds(std::string_view request_id) : request_id_(request_id) {}
  std::string next(std::string_view provider_id);

 private:
  std::string_view request_id_;
  std::vector<std::string> given_;
};

std::string_view finish_word(const llm::Finish& finish, bool legacy_functions);
void write_usage(json::Writer& out, const TokenUsage& usage);
std::string answer_id(std::string_view provider_id, std::string_view request_id);
/// The elements of `annotations`.
void write_citation(json::Writer& out, const llm::Citation& citation);

}  // namespace aigw::adapters::openai_chat
