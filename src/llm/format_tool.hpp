#pragma once
// A wanted form of the answer for models that know none, but tools: the form is a tool that the model has to call, and
// what it calls it with is the answer's text.

#include "llm/answer.hpp"
#include "llm/loss.hpp"
#include "llm/model_traits.hpp"
#include "llm/request.hpp"
#include "llm/stream.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace aigw::llm {

class FormatTool {
 public:
  /// Nothing where the model takes a form, none is wanted, or the client has one tool called in any case.
  static std::optional<FormatTool> of(const ChatRequest& request, const ModelTraits& traits);

  /// Puts the tool into the request in place of the form; noted.
  void apply(ChatRequest& request, Losses& losses) const;
  /// Its calls in a whole answer as text.
  void unwrap(Answer& answer) const;
  bool is_called(std::string_view tool_name) const { return tool_name == name_; }

 private:
  std::string name_;
};

/// Unwraps in a stream, between a provider's decoder and BlockLedger. What it is given outlives it.
class FormatSink final : public StreamSink {
 public:
  FormatSink(StreamSink& next, const FormatTool& tool) : next_(next), tool_(tool) {}

  void start(std::string_view id, std::string_view model, std::int64_t created_s) override {
    next_.start(id, model, created_s);
  }
  void open(BlockKey key, const BlockOpening& opening) override {
    const bool is_answer = opening.kind == BlockKind::tool_call && tool_.is_called(opening.name);
    next_.open(key, is_answer ? BlockOpening{.kind = BlockKind::text, .candidate = opening.candidate} : opening);
  }
  void delta(BlockKey key, std::string_view piece) override { next_.delta(key, piece); }
  void seal(BlockKey key, const Seal& seal) override { next_.seal(key, seal); }
  void cite(BlockKey key, const Citation& citation) override { next_.cite(key, citation); }
  void close(BlockKey key) override { next_.close(key); }
  void whole(std::uint32_t candidate, const Block& block) override { next_.whole(candidate, block); }
  void logprobs(std::uint32_t candidate, std::string_view elements) override { next_.logprobs(candidate, elements); }
  void usage(const TokenUsage& usage) override { next_.usage(usage); }
  void finish(std::uint32_t candidate, const Finish& finish) override { next_.finish(candidate, finish); }
  void error(const ProviderError& error) override { next_.error(error); }
  void end() override { next_.end(); }

 private:
  StreamSink& next_;
  const FormatTool& tool_;
};

}  // namespace aigw::llm
