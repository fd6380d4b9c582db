#include "adapters/translators.hpp"

namespace aigw::adapters {
namespace {

Error not_yet() { return make_error(ErrorKind::not_implemented, "gemini_generate: not yet translated"); }

class GeminiGenerateTranslator final : public llm::Translator {
 public:
  llm::Dialect dialect() const override { return llm::Dialect::gemini_generate; }
  Result<llm::ChatRequest> decode_request(const json::Object&, std::string_view, llm::Losses&) const override {
    return not_yet();
  }
  std::string encode_answer(const llm::Answer&, const llm::AnswerContext&, llm::Losses&) const override { return {}; }
  std::unique_ptr<llm::StreamEncoder> stream_encoder(const llm::AnswerContext&) const override { return nullptr; }
  std::string encode_provider_error(const llm::ProviderError&, std::string_view) const override { return {}; }
  int status_of(const llm::ProviderError& error) const override { return error.status ? error.status : 502; }
  Result<llm::EncodedRequest> encode_request(const llm::ChatRequest&, const llm::EncodeTarget&,
                                             llm::Losses&) const override {
    return not_yet();
  }
  Result<llm::Answer> decode_answer(std::string_view) const override { return not_yet(); }
  std::unique_ptr<llm::StreamDecoder> stream_decoder() const override { return nullptr; }
  llm::ProviderError decode_error(int status, std::string_view, const http::Headers&) const override {
    return {.status = status, .message = "?"};
  }
};

}  // namespace

const llm::Translator& gemini_generate_translator() {
  static const GeminiGenerateTranslator translator;
  return translator;
}

}  // namespace aigw::adapters
