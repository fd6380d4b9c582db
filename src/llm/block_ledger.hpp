#pragma once
// Brings a provider's stream into the order that every client's grammar allows: in each candidate one block open at a
// time, the others wait their turn; usage, finishes and the end come last and together. One thread, one answer.

#include "llm/stream.hpp"
#include "llm/tool_names.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace aigw::llm {

class BlockLedger final : public StreamSink {
 public:
  /// `names`: what the client calls the tools. @pre both outlive the ledger
  explicit BlockLedger(StreamSink& encoder, const ToolNames* names = nullptr) : encoder_(encoder), names_(names) {}

  void start(std::string_view id, std::string_view model, std::int64_t created_s) override;
  void open(BlockKey key, const BlockOpening& opening) override;
  void delta(BlockKey key, std::string_view piece) override;
  void seal(BlockKey key, const Seal& seal) override;
  void cite(BlockKey key, const Citation& citation) override;
  void close(BlockKey key) override;
  void whole(std::uint32_t candidate, const Block& block) override;
  void logprobs(std::uint32_t candidate, std::string_view elements) override;
  void usage(const TokenUsage& usage) override { usage_ = usage; }
  void finish(std::uint32_t candidate, const Finish& finish) override;
  void error(const ProviderError& error) override;
  void end() override;

  const std::optional<TokenUsage>& used() const { return usage_; }
  std::string_view model() const { return model_; }
  bool ended() const { return ended_; }
  const std::optional<ProviderError>& failure() const { return failure_; }
  bool has_content() const { return has_content_; }
  /// Calls of the decoder that broke the law and were mended or left out. 0 for a decoder without faults.
  std::uint32_t repairs() const { return repairs_; }

 private:
  struct Waiting {
    BlockKey key = 0;
    BlockKind kind = BlockKind::text;
    std::string id = {}, name = {}, body = {};
    std::optional<Seal> seal = {};
    std::vector<Citation> citations = {};
    bool closed = false;
    std::optional<Block> whole = {};
  };
  struct Lane {
    std::optional<BlockKey> live = {};
    std::deque<Waiting> waiting;
    bool has_call = false;
    std::optional<Finish> finish = {};
  };

  Lane& lane(std::uint32_t candidate);
  Waiting* find_waiting(BlockKey key, Lane** lane);
  Lane* lane_of_live(BlockKey key);
  void promote(std::uint32_t candidate);
  void close_all();
  bool over() {
    if (ended_ || failure_) ++repairs_;
    return ended_ || failure_;
  }

  StreamSink& encoder_;
  const ToolNames* names_;
  std::vector<Lane> lanes_;
  std::optional<TokenUsage> usage_;
  std::string model_;
  bool started_ = false;
  bool has_content_ = false;
  bool ended_ = false;
  std::optional<ProviderError> failure_;
  std::uint32_t repairs_ = 0;
};

}  // namespace aigw::llm
