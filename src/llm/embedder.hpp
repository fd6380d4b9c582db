#pragma once
// Embeddings between OpenAI's form and Gemini's. One stateless object, implemented in adapters/. Any thread.

#include "llm/codec.hpp"
#include "llm/loss.hpp"
#include "llm/translator.hpp"

#include <string>
#include <string_view>

namespace aigw::llm {

class Embedder {
 public:
  virtual ~Embedder() = default;
  /// The dialect to which embeddings of this one can be translated; none where they cannot.
  virtual Dialect other(Dialect client) const = 0;
  /// @errors bad_request: what has no twin there (token ids, media)
  virtual Result<EncodedRequest> request(Dialect client, const json::Object& body, std::string_view model,
                                         Losses& losses) const = 0;
  struct Answer {
    std::string body;
    AnswerFacts facts;
  };
  /// The provider's answer in the client's form. @errors upstream_invalid
  virtual Result<Answer> answer(Dialect client, const json::Object& request, std::string_view model,
                                std::string_view body) const = 0;
};

}  // namespace aigw::llm
