#pragma once
// A request whose client and provider speak different dialects: its request in the provider's, the answer back in the
// client's. Pure; one thread, one exchange.

#include "base/time.hpp"
#include "llm/block_ledger.hpp"
#include "llm/codec.hpp"
#include "llm/format_tool.hpp"
#include "llm/option_memory.hpp"
#include "llm/seal_keeper.hpp"
#include "llm/translator.hpp"
#include "policy/route.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace aigw::gateway {

class Translation {
 public:
  /// What a client's request is, as far as translating needs it. `body` and `id` outlive the translation.
  struct Source {
    llm::Dialect dialect = llm::Dialect::none;
    llm::Operation operation = llm::Operation::chat;  ///< or count_tokens, embeddings
    const json::Object* body = nullptr;
    const llm::RequestFacts* facts = nullptr;
    std::string_view id;  ///< "req_..."
    std::int64_t now_s = 0;
    KeyId key = {};
    llm::SealTable* seals = nullptr;       ///< null: none are kept
    llm::OptionMemory* options = nullptr;  ///< null: nothing is learnt
    Instant now = {};
    /// A loss refuses the request instead of being told.
    enum class Strict : std::uint8_t { no, yes } strict = Strict::no;
  };
  /// @errors bad_request naming the path: not valid in the client's dialect, or not to be said in the provider's
  static Result<std::unique_ptr<Translation>> make(const llm::Codecs& codecs, const Source& source,
                                                   const policy::Target& target);

  const llm::EncodedRequest& request() const { return encoded_; }
  /// After an error of the provider: leaves out the option that it does not take, once. True: request() is another one,
  /// to be sent; what it lost is among the losses. Never where losses refuse the request.
  bool amend(int status, std::string_view body, const http::Headers& headers);
  /// The whole answer to a count that no provider can be asked for: it is ours, and an estimate.
  const std::optional<std::string>& estimate() const { return estimate_; }
  const llm::Losses& losses() const { return losses_; }

  struct Whole {
    std::string body;
    llm::AnswerFacts facts;
  };
  /// @errors upstream_invalid
  Result<Whole> answer(std::string_view body);
  /// A whole answer to a request that asked for a stream, as that stream. @errors upstream_invalid
  Result<Whole> answer_as_stream(std::string_view body);

  struct ErrorAnswer {
    int status = 0;
    std::string body;
    std::string type;  ///< the provider's own word
    std::optional<std::int64_t> retry_after_s;
    bool retry_is_useless = false;
    bool refuses_key = false;  ///< the gateway's, and no 401
  };
  ErrorAnswer error(int status, std::string_view body, const http::Headers& headers) const;

  /// Reads the provider's stream and gives the client's. Lives no longer than the translation.
  std::unique_ptr<llm::StreamTap> stream();
  /// "text/event-stream", or "application/json" for a stream that is one JSON array.
  std::string_view stream_type() const;

 private:
  Translation() = default;
  ErrorAnswer error_answer(const llm::ProviderError& error) const;
  Status encode_chat(const llm::Codecs& codecs, const Source& source, const policy::Target& target);
  Result<llm::EncodedRequest> encode(llm::Losses& losses) const;
  bool leave_out(llm::Option option, llm::Losses& losses);
  void leave_out_known();
  void ask_for_count(const policy::Target& target);
  friend class RewritingTap;

  const llm::TokenCounter* counter_ = nullptr;  ///< null: no count
  const llm::Embedder* embedder_ = nullptr;     ///< null: no embeddings
  const json::Object* body_ = nullptr;          ///< the client's
  std::string model_;                           ///< as the provider knows it
  const llm::Translator* client_ = nullptr;
  const llm::Translator* provider_ = nullptr;
  std::optional<llm::ChatRequest> request_;  ///< none: embeddings
  llm::EncodeTarget goal_;
  llm::Losses losses_before_;             ///< encode()
  llm::OptionMemory* options_ = nullptr;  ///< none: no amend()
  Instant now_;
  llm::ToolNames names_;  ///< what the provider calls the client's tools, where it takes not every name
  std::optional<llm::FormatTool> format_tool_;  ///< where the model takes a wanted form as a tool alone
  llm::EncodedRequest encoded_;
  llm::Losses losses_;
  llm::AnswerContext context_;
  std::optional<llm::SealScope> seals_;  ///< none: the client keeps what it is given, or there is no table
  std::optional<std::string> estimate_;
  std::optional<json::Object> unwrapped_;  ///< what the client's count request held within
};

}  // namespace aigw::gateway
