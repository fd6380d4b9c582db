#pragma once
// A streamed answer as a sequence of calls: a provider's decoder makes them, BlockLedger brings them into an order that
// any client's encoder can write, the encoder writes. One thread, one answer.

#include "base/tokens.hpp"
#include "http/sse.hpp"
#include "llm/answer.hpp"
#include "llm/provider_error.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace aigw::llm {

/// Names a block within one answer; chosen by the decoder, never used again after close().
using BlockKey = std::uint32_t;

enum class BlockKind : std::uint8_t { text, refusal, thinking, tool_call, custom_call };

struct BlockOpening {
  BlockKind kind = BlockKind::text;
  std::uint32_t candidate = 0;
  std::string_view id = {};    ///< calls: as the provider gave it, may be empty
  std::string_view name = {};  ///< calls: known and not empty
};

/// Law: start once, before all else; open, delta*, close of a key, several keys may be open at once; finish once a
/// candidate, with its blocks closed or not; then end once; or error once, and nothing after it.
class StreamSink {
 public:
  virtual ~StreamSink() = default;
  virtual void start(std::string_view id, std::string_view model, std::int64_t created_s) = 0;
  virtual void open(BlockKey key, const BlockOpening& opening) = 0;
  /// Text, or a piece of the arguments. Never empty.
  virtual void delta(BlockKey key, std::string_view piece) = 0;
  /// Of a call directly behind open(), where it is known by then: some clients' dialects have it before the call.
  virtual void seal(BlockKey key, const Seal& seal) = 0;
  virtual void cite(BlockKey key, const Citation& citation) = 0;
  virtual void close(BlockKey key) = 0;
  /// What comes in one piece: redacted thinking, media, an opaque block.
  virtual void whole(std::uint32_t candidate, const Block& block) = 0;
  /// Raw elements of OpenAI's `logprobs.content`, without the brackets.
  virtual void logprobs(std::uint32_t candidate, std::string_view elements) = 0;
  /// All that was used so far; the last one holds.
  virtual void usage(const TokenUsage& usage) = 0;
  virtual void finish(std::uint32_t candidate, const Finish& finish) = 0;
  virtual void error(const ProviderError& error) = 0;
  /// The answer is complete by the dialect's own rules.
  virtual void end() = 0;
};

/// Reads a provider's stream. Never fails: what it cannot read it leaves out; an answer that breaks off is an error().
class StreamDecoder {
 public:
  virtual ~StreamDecoder() = default;
  virtual void on_event(const http::SseEvent& event, StreamSink& sink) = 0;
  /// The body ended. Calls end() or error() if neither was called yet.
  virtual void at_end(StreamSink& sink) = 0;
};

/// Writes a client's stream. BlockLedger is its caller, so that in each candidate one block is open at a time, usage
/// comes at most once, before finish, and all finishes stand directly before end.
class StreamEncoder : public StreamSink {
 public:
  /// What was written since the last take(), whole events only.
  std::string take() { return std::exchange(out_, {}); }
  std::string_view written() const { return out_; }
  void clear() { out_.clear(); }
  /// Bytes that keep a silent stream alive, legal between the events written so far.
  virtual std::string heartbeat() const = 0;

 protected:
  std::string out_;
};

/// One block of a whole answer as its opening, its bytes and its end.
void replay_block(const Block& block, BlockKey key, std::uint32_t candidate, StreamSink& sink);
/// A whole answer as a stream: for a provider that answered a streamed request with one body.
void replay(const Answer& answer, StreamSink& sink);

}  // namespace aigw::llm
