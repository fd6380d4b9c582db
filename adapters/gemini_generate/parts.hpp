#pragma once
// The pieces of the gemini-generate translator, one file each. Only for this folder.

#include "json/view.hpp"
#include "json/writer.hpp"
#include "llm/translator.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace aigw::adapters::gemini_generate {

inline constexpr llm::Dialect kDialect = llm::Dialect::gemini_generate;

Result<llm::ChatRequest> decode_request(const json::Object& body, std::string_view model, llm::Losses& losses);
Result<llm::EncodedRequest> encode_request(const llm::ChatRequest& request, const llm::EncodeTarget& target,
                                           llm::Losses& losses);

Result<llm::Answer> decode_answer(std::string_view body);
std::string encode_answer(const llm::Answer& answer, const llm::AnswerContext& context, llm::Losses& losses);

std::unique_ptr<llm::StreamDecoder> make_stream_decoder();
std::unique_ptr<llm::StreamEncoder> make_stream_encoder(const llm::AnswerContext& context);

llm::ProviderError decode_error(int status, std::string_view body, const http::Headers& headers);
std::string encode_error(const llm::ProviderError& error);
int status_of(const llm::ProviderError& error);

/// Only Gemini's own servers can do it: a refusal that names the thing.
Error only_at_google(std::string_view path, std::string_view what);

// answer_parts.cpp: what whole answers and streams have in common

/// `thoughtSignature` as a seal: ours taken out of its wrapping, or Gemini's own.
llm::Seal read_signature(std::string_view signature);
/// The other way, for a client.
std::string signature_of(const llm::Seal& seal, const llm::AnswerContext& context);
/// A model's answer's or history's media.
llm::Media read_inline_data(json::View blob);
llm::Finish read_finish(std::string_view word, std::string message);
std::string_view finish_word(const llm::Finish& finish);
void write_usage(json::Writer& out, const TokenUsage& usage);
/// Arguments as the object that a functionCall holds; nothing when they are none.
std::optional<std::string> call_arguments(const llm::ToolCall& call);
/// OpenAI's `logprobs.content` elements out of a logprobsResult, and back into one.
std::string read_logprobs(json::View logprobs_result);
void write_logprobs(json::Writer& out, std::string_view elements);
/// Citations of a candidate: of the text whose block they stand at.
void read_citations(json::View grounding_metadata, json::View citation_metadata, std::vector<llm::Block>& blocks);
void write_citations(json::Writer& out, const std::vector<llm::Citation>& citations);

}  // namespace aigw::adapters::gemini_generate
