#include "llm/stream.hpp"

namespace aigw::llm {
namespace {

/// One block of a whole answer, as its opening, its bytes and its end.
class Replay {
 public:
  Replay(StreamSink& sink, BlockKey key, std::uint32_t candidate, const Block& block)
      : sink_(sink), key_(key), candidate_(candidate), block_(block) {}

  void operator()(const Text& text) {
    if (text.text.empty() && !text.seal) return;
    open(BlockKind::text);
    body(text.text, text.seal);
    for (const Citation& citation : text.citations) sink_.cite(key_, citation);
    sink_.close(key_);
  }
  void operator()(const Refusal& refusal) {
    open(BlockKind::refusal);
    body(refusal.text, std::nullopt);
    sink_.close(key_);
  }
  void operator()(const Thinking& thinking) {
    if (thinking.redacted) return sink_.whole(candidate_, block_);
    open(BlockKind::thinking);
    body(thinking.text, thinking.seal);
    sink_.close(key_);
  }
  void operator()(const ToolCall& call) {
    open(call.custom ? BlockKind::custom_call : BlockKind::tool_call, call.id, call.name);
    if (call.seal) sink_.seal(key_, *call.seal);
    body(call.arguments, std::nullopt);
    sink_.close(key_);
  }
  void operator()(const ToolResult&) {}
  void operator()(const Media&) { sink_.whole(candidate_, block_); }
  void operator()(const Opaque&) { sink_.whole(candidate_, block_); }

 private:
  void open(BlockKind kind, std::string_view id = {}, std::string_view name = {}) {
    sink_.open(key_, {.kind = kind, .candidate = candidate_, .id = id, .name = name});
  }
  void body(std::string_view text, const std::optional<Seal>& seal) {
    if (!text.empty()) sink_.delta(key_, text);
    if (seal) sink_.seal(key_, *seal);
  }

  StreamSink& sink_;
  BlockKey key_;
  std::uint32_t candidate_;
  const Block& block_;
};

}  // namespace

void replay_block(const Block& block, BlockKey key, std::uint32_t candidate, StreamSink& sink) {
  std::visit(Replay(sink, key, candidate, block), block.value);
}

void replay(const Answer& answer, StreamSink& sink) {
  sink.start(answer.id, answer.model, answer.created_s);
  BlockKey key = 0;
  for (std::uint32_t index = 0; index < answer.candidates.size(); ++index) {
    const Candidate& candidate = answer.candidates[index];
    for (const Block& block : candidate.blocks) replay_block(block, key++, index, sink);
    if (!candidate.logprobs.empty())
      sink.logprobs(index, std::string_view(candidate.logprobs).substr(1, candidate.logprobs.size() - 2));
  }
  if (answer.usage) sink.usage(*answer.usage);
  for (std::uint32_t index = 0; index < answer.candidates.size(); ++index)
    sink.finish(index, answer.candidates[index].finish);
  sink.end();
}

}  // namespace aigw::llm
