#include "adapters/openai_responses/parts.hpp"
#include "adapters/provider_errors.hpp"
#include "adapters/translators.hpp"

namespace aigw::adapters {
namespace {

class OpenAiResponsesTranslator final : public llm::Translator {
 public:
  llm::Dialect dialect() const override { return llm::Dialect::openai_responses; }

  Result<llm::ChatRequest> decode_request(const json::Object& body, std::string_view,
                                          llm::Losses& losses) const override {
    return openai_responses::decode_request(body, losses);
  }
  std::string encode_answer(const llm::Answer& answer, const llm::AnswerContext& context,
                            llm::Losses& losses) const override {
    return openai_responses::encode_answer(answer, context, losses);
  }
  std::unique_ptr<llm::StreamEncoder> stream_encoder(const llm::AnswerContext& context) const override {
    return openai_responses::make_stream_encoder(context);
  }

  Result<llm::EncodedRequest> encode_request(const llm::ChatRequest& request, const llm::EncodeTarget& target,
                                             llm::Losses& losses) const override {
    return openai_responses::encode_request(request, target, losses);
  }
  Result<llm::Answer> decode_answer(std::string_view body) const override {
    return openai_responses::decode_answer(body);
  }
  std::unique_ptr<llm::StreamDecoder> stream_decoder() const override {
    return openai_responses::make_stream_decoder();
  }

  llm::ProviderError decode_error(int status, std::string_view body, const http::Headers& headers) const override {
    return read_provider_error(status, body, headers);
  }
  // Error bodies have one form in both of OpenAI's dialects.
  std::string encode_provider_error(const llm::ProviderError& error, std::string_view request_id) const override {
    return openai_chat_translator().encode_provider_error(error, request_id);
  }
  int status_of(const llm::ProviderError& error) const override { return openai_chat_translator().status_of(error); }
};

}  // namespace

const llm::Translator& openai_responses_translator() {
  static const OpenAiResponsesTranslator translator;
  return translator;
}

}  // namespace aigw::adapters
