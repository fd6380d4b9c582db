#pragma once
// What a dialect can do when the other side speaks another one: read and write requests and answers in the neutral
// form. One stateless object a dialect, implemented in adapters/. Any thread.

#include "base/error.hpp"
#include "http/message.hpp"
#include "llm/answer.hpp"
#include "llm/loss.hpp"
#include "llm/model_traits.hpp"
#include "llm/provider_error.hpp"
#include "llm/quirks.hpp"
#include "llm/request.hpp"
#include "llm/stream.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace aigw::llm {

/// Where an encoded request goes.
struct EncodeTarget {
  std::string_view provider = {};  ///< the configured name: whose seals may go along
  std::string_view model = {};     ///< as the provider knows it
  Quirks quirks = Quirks::none;
  ModelTraits traits = {};
};

/// A request in the provider's dialect.
struct EncodedRequest {
  std::string path = {};     ///< behind the base URL, with its query: "/v1/messages"
  std::string headers = {};  ///< complete lines, CRLF at their ends: "anthropic-version: 2023-06-01\r\n"
  std::string body = {};
};

/// What the encoder of an answer knows beside it. Outlives the encoder.
struct AnswerContext {
  const ChatRequest* request = nullptr;
  std::string_view request_id = {};  ///< ours, for ids that we make
  std::string_view provider = {};    ///< the configured name: whose seals these are
  std::int64_t created_s = 0;        ///< Unix, now: where the provider says none
  enum class Framing : std::uint8_t { sse, json_array } framing = Framing::sse;  ///< Gemini without alt=sse
};

class Translator {
 public:
  virtual ~Translator() = default;
  virtual Dialect dialect() const = 0;

  // as the client's dialect

  /// `model_in_path`: Gemini's, else empty. Unknown members become losses.
  /// @errors bad_request naming the path, for what is not valid in the dialect
  virtual Result<ChatRequest> decode_request(const json::Object& body, std::string_view model_in_path,
                                             Losses& losses) const = 0;
  virtual std::string encode_answer(const Answer& answer, const AnswerContext& context, Losses& losses) const = 0;
  virtual std::unique_ptr<StreamEncoder> stream_encoder(const AnswerContext& context) const = 0;
  virtual std::string encode_provider_error(const ProviderError& error, std::string_view request_id) const = 0;
  virtual int status_of(const ProviderError& error) const = 0;

  // as the provider's dialect

  /// A pure function of its arguments: the same history gives the same bytes, since providers cache by prefix.
  /// @errors bad_request naming the client's path, for what the dialect cannot express and may not be left out
  virtual Result<EncodedRequest> encode_request(const ChatRequest& request, const EncodeTarget& target,
                                                Losses& losses) const = 0;
  /// @errors upstream_invalid when it is no answer of the dialect
  virtual Result<Answer> decode_answer(std::string_view body) const = 0;
  virtual std::unique_ptr<StreamDecoder> stream_decoder() const = 0;
  /// Of an answer with an error status, or a 200 with an error inside; `body` may be anything.
  virtual ProviderError decode_error(int status, std::string_view body, const http::Headers& headers) const = 0;
};

}  // namespace aigw::llm
