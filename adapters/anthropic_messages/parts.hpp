#pragma once
// The pieces of the anthropic-messages translator, one file each. Only for this folder.

#include "json/view.hpp"
#include "json/writer.hpp"
#include "llm/translator.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace aigw::adapters::anthropic_messages {

inline constexpr llm::Dialect kDialect = llm::Dialect::anthropic_messages;

Result<llm::ChatRequest> decode_request(const json::Object& body, llm::Losses& losses);
Result<llm::EncodedRequest> encode_request(const llm::ChatRequest& request, const llm::EncodeTarget& target,
                                           llm::Losses& losses);

Result<llm::Answer> decode_answer(std::string_view body);
std::string encode_answer(const llm::Answer& answer, const llm::AnswerContext& context, llm::Losses& losses);

std::unique_ptr<llm::StreamDecoder> make_stream_decoder();
std::unique_ptr<llm::StreamEncoder> make_stream_encoder(const llm::AnswerContext& context);

llm::ProviderError decode_error(int status, std::string_view body, const http::Headers& headers);
std::string encode_error(const llm::ProviderError& error, std::string_view request_id);
int status_of(const llm::ProviderError& error);

// answer_decoder.cpp, also for streams

/// The block as the neutral form has it; nothing for a text without text.
std::optional<llm::Block> decode_block(json::View block);
llm::Citation decode_citation(json::View citation, std::int64_t text_code_points);
std::int64_t code_points(std::string_view text);
llm::Seal native_seal(std::string bytes);
llm::Finish decode_finish(json::View stop_reason, json::View stop_sequence, json::View stop_details);

// answer_encoder.cpp, also for streams

/// "msg_..." of a foreign id, or of ours where there is none.
std::string message_id(std::string_view provider_id, std::string_view request_id);
std::string wrapped(const llm::Seal& seal, const llm::AnswerContext& context);
void write_usage(json::Writer& out, const TokenUsage& usage);
/// The members stop_reason, stop_sequence and, for a refusal, stop_details.
void write_finish(json::Writer& out, const llm::Finish& finish);

}  // namespace aigw::adapters::anthropic_messages
