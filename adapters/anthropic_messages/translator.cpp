#include "adapters/anthropic_messages/parts.hpp"
#include "adapters/translators.hpp"

namespace aigw::adapters {
namespace {

namespace parts = anthropic_messages;

class AnthropicMessagesTranslator final : public llm::Translator {
 public:
  llm::Dialect dialect() const override { return parts::kDialect; }

  Result<llm::ChatRequest> decode_request(const json::Object& body, std::string_view,
                                          llm::Losses& losses) const override {
    return parts::decode_request(body, losses);
  }
  std::string encode_answer(const llm::Answer& answer, const llm::AnswerContext& context,
                            llm::Losses& losses) const override {
    return parts::encode_answer(answer, context, losses);
  }
  std::unique_ptr<llm::StreamEncoder> stream_encoder(const llm::AnswerContext& context) const override {
    return parts::make_stream_encoder(context);
  }
  std::string encode_provider_error(const llm::ProviderError& error, std::string_view request_id) const override {
    return parts::encode_error(error, request_id);
  }
  int status_of(const llm::ProviderError& error) const override { return parts::status_of(error); }

  Result<llm::EncodedRequest> encode_request(const llm::ChatRequest& request, const llm::EncodeTarget& target,
                                             llm::Losses& losses) const override {
    return parts::encode_request(request, target, losses);
  }
  Result<llm::Answer> decode_answer(std::string_view body) const override { return parts::decode_answer(body); }
  std::unique_ptr<llm::StreamDecoder> stream_decoder() const override { return parts::make_stream_decoder(); }
  llm::ProviderError decode_error(int status, std::string_view body, const http::Headers& headers) const override {
    return parts::decode_error(status, body, headers);
  }
};

}  // namespace

const llm::Translator& anthropic_messages_translator() {
  static const AnthropicMessagesTranslator translator;
  return translator;
}

}  // namespace aigw::adapters
