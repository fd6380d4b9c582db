#include "adapters/gemini_generate/parts.hpp"
#include "adapters/translators.hpp"

namespace aigw::adapters {
namespace {

namespace parts = gemini_generate;

class GeminiGenerateTranslator final : public llm::Translator {
 public:
  llm::Dialect dialect() const override { return parts::kDialect; }

  Result<llm::ChatRequest> decode_request(const json::Object& body, std::string_view model_in_path,
                                          llm::Losses& losses) const override {
    return parts::decode_request(body, model_in_path, losses);
  }
  std::string encode_answer(const llm::Answer& answer, const llm::AnswerContext& context,
                            llm::Losses& losses) const override {
    return parts::encode_answer(answer, context, losses);
  }
  std::unique_ptr<llm::StreamEncoder> stream_encoder(const llm::AnswerContext& context) const override {
    return parts::make_stream_encoder(context);
  }
  std::string encode_provider_error(const llm::ProviderError& error, std::string_view) const override {
    return parts::encode_error(error);
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

const llm::Translator& gemini_generate_translator() {
  static const GeminiGenerateTranslator translator;
  return translator;
}

}  // namespace aigw::adapters
