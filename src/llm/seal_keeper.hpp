#pragma once
// Fills a SealTable from answers on their way to a client, and gives back to a request what its client left out.

#include "llm/answer.hpp"
#include "llm/request.hpp"
#include "llm/seal_table.hpp"
#include "llm/stream.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace aigw::llm {

/// Whose seals these are. What it points at outlives its users.
struct SealScope {
  SealTable* table = nullptr;
  KeyId owner = {};
  std::string_view provider = {};    ///< the configured name
  Dialect client = Dialect::none;    ///< of the client
  std::string_view request_id = {};  ///< ours, for ids that we make
};

/// Gives calls that came without an id one, so that client and table have the same, and keeps what was sealed.
void keep_seals(Answer& answer, const SealScope& scope);

/// The same for a stream, between BlockLedger and encoder. Of several candidates the first.
class SealKeeper final : public StreamSink {
 public:
  SealKeeper(StreamSink& encoder, const SealScope& scope) : encoder_(encoder), scope_(scope) {}

  void start(std::string_view id, std::string_view model, std::int64_t created_s) override {
    encoder_.start(id, model, created_s);
  }
  void open(BlockKey key, const BlockOpening& opening) override;
  void delta(BlockKey key, std::string_view piece) override;
  void seal(BlockKey key, const Seal& seal) override;
  void cite(BlockKey key, const Citation& citation) override { encoder_.cite(key, citation); }
  void close(BlockKey key) override;
  void whole(std::uint32_t candidate, const Block& block) override;
  void logprobs(std::uint32_t candidate, std::string_view elements) override { encoder_.logprobs(candidate, elements); }
  void usage(const TokenUsage& usage) override { encoder_.usage(usage); }
  void finish(std::uint32_t candidate, const Finish& finish) override { encoder_.finish(candidate, finish); }
  void error(const ProviderError& error) override { encoder_.error(error); }
  void end() override { encoder_.end(); }

 private:
  StreamSink& encoder_;
  const SealScope scope_;
  std::size_t calls_ = 0;
  std::optional<BlockKey> open_;  ///< the first candidate's block, where it is a thought or a call
  std::string call_id_;           ///< empty: it is a thought
  Thinking thought_;
  SealedCall sealed_;
};

/// Of calls without a seal, in front of which no sealed thought stands: what `scope.provider` sealed, where it is
/// known.
void restore_seals(ChatRequest& request, const SealScope& scope, Dialect provider_dialect);
/// Of all calls of a request whose seals were refused.
void forget_seals(const ChatRequest& request, const SealScope& scope);

}  // namespace aigw::llm
