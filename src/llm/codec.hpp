#pragma once
// What a dialect can do for the gateway: read a request's few fields, edit it by splices, watch an answer go by, speak
// errors. One stateless object a dialect, implemented in adapters/. Any thread.

#include "base/error.hpp"
#include "base/tokens.hpp"
#include "http/message.hpp"
#include "http/sse.hpp"
#include "json/scan.hpp"
#include "json/splice.hpp"
#include "llm/dialect.hpp"
#include "llm/model_traits.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aigw::llm {

/// A path that clients of a dialect use at our root, and what follows a provider's base URL for it.
struct Surface {
  http::Method method = http::Method::post;
  std::string_view client_path;    ///< "/v1/chat/completions"; a "*" takes one segment or more
  std::string_view provider_path;  ///< "/chat/completions"; the model stands for its "*"
  Dialect dialect = Dialect::none;
  Operation operation = Operation::none;
  /// Gemini's: the "*" is the model, and the path says whether the answer is a stream.
  enum class ModelAt : std::uint8_t { body, path, path_streamed } model_at = ModelAt::body;
};

/// The fields of a request that the gateway acts on.
struct RequestFacts {
  std::string model;
  bool stream = false;
  bool usage_asked = false;  ///< the client wants the usage of a stream itself
  /// Gemini without `alt=sse`: the stream is one JSON array.
  enum class Framing : std::uint8_t { sse, json_array } framing = Framing::sse;
};

/// What an answer said of itself. Absent where it said nothing.
struct AnswerFacts {
  std::optional<TokenUsage> usage;
  std::string model_served;
  std::string error_type;  ///< the provider's own word for an error, never its message
  bool is_answer = false;  ///< has the shape of an answer of its operation
};

/// What one event of a stream is to the relay.
enum class EventKind : std::uint8_t {
  notice,  ///< comment, ping: nothing a client waits for
  content,
  hidden,   ///< usage that only we asked for: not for the client
  closing,  ///< the dialect's last event
  error,    ///< the provider's in-band error
};

/// Watches the events of one answer. One thread, one answer.
class StreamTap {
 public:
  virtual ~StreamTap() = default;
  /// Never fails: what it cannot read it leaves alone.
  virtual EventKind on_event(const http::SseEvent& event) = 0;
  /// The answer had reached its end by the dialect's own rules, so that a clean end of the body is no break.
  virtual bool complete() const = 0;
  /// The provider's error at the start of the stream, as a whole body of the dialect, and its HTTP status (0: unknown).
  virtual std::pair<std::string, int> error_body() const = 0;
  /// Bytes that keep a silent stream alive, legal between the events seen so far.
  virtual std::string heartbeat() const = 0;
  /// An error of ours as the stream's last event; empty where the codec's `encode_stream_error` does.
  virtual std::string error_event(const Error&, std::string_view /*request_id*/) { return {}; }
  /// How the provider's stream is cut into events.
  virtual RequestFacts::Framing framing() const { return RequestFacts::Framing::sse; }
  const AnswerFacts& facts() const { return facts_; }

  /// True: the client gets what take() gives, not the provider's bytes.
  virtual bool rewrites() const { return false; }
  virtual std::string take() { return {}; }
  /// The body ended. What that means to the answer; nothing new: notice.
  virtual EventKind at_end() { return EventKind::notice; }

 protected:
  AnswerFacts facts_;
};

/// A model as lists show it.
struct ModelView {
  std::string_view id;
  std::string_view owner;
  std::int64_t context_tokens_max = 0;
  std::int64_t output_tokens_max = 0;
  std::int64_t input_pico_usd = -1;  ///< -1: unpriced
  std::int64_t output_pico_usd = -1;
  std::string_view capabilities = {};
};

class Codec {
 public:
  virtual ~Codec() = default;
  virtual Dialect dialect() const = 0;

  /// @errors bad_request naming the field
  virtual Result<RequestFacts> read_request(Operation operation, const json::Object& body) const = 0;
  /// Adds what makes the provider report usage, where the client did not ask for it.
  virtual void ask_for_usage(Operation operation, const json::Object& body, const RequestFacts& facts,
                             std::vector<json::Edit>& edits) const = 0;

  /// Takes out the seals of other providers that translated answers of ours left in the history (llm/seal.hpp), for a
  /// request that goes on as the client wrote it.
  virtual void strip_foreign_seals(const json::Object&, std::vector<json::Edit>&) const {}

  /// Never fails: what it cannot read it leaves out.
  virtual AnswerFacts read_answer(Operation operation, const json::Object& body) const = 0;
  virtual std::unique_ptr<StreamTap> stream_tap(Operation operation, const RequestFacts& facts) const = 0;

  virtual std::string encode_error(const Error& error, std::string_view request_id) const = 0;
  /// An error after the answer began, as the last event of a stream.
  virtual std::string encode_stream_error(const Error& error, std::string_view request_id) const = 0;
  /// The HTTP status that this dialect's clients expect for an error.
  virtual int status_of(const Error& error) const { return error.http_status(); }
  virtual std::string encode_models(std::span<const ModelView> models) const = 0;
  virtual std::string encode_model(const ModelView& model) const = 0;
};

class Translator;
class TokenCounter;
class Embedder;
class Reframer;

/// The codecs and paths that adapters hand to the gateway. Static storage.
struct Codecs {
  std::span<const Codec* const> by_dialect;  ///< indexed by Dialect, null where there is none
  std::span<const Surface> surfaces;
  std::span<const Translator* const> translators{};  ///< indexed by Dialect, null where there is none
  const TokenCounter* token_counter = nullptr;
  const Embedder* embedder = nullptr;
  ModelTraits (*traits)(std::string_view model) = nullptr;
  /// For an answer whose media type says that its events come in another framing than the dialect's; else null.
  std::unique_ptr<Reframer> (*reframer)(std::string_view media_type) = nullptr;
  const Codec* operator[](Dialect dialect) const { return by_dialect[static_cast<std::size_t>(dialect)]; }
};

}  // namespace aigw::llm
