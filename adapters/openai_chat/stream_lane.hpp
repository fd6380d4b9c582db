#pragma once
// One choice of a streamed answer: which blocks its deltas belong to. One thread.

#include "adapters/openai_chat/parts.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace aigw::adapters::openai_chat {

/// Whether a text that comes in pieces has reached the end of the JSON object that it begins with.
class ObjectEnd {
 public:
  void feed(std::string_view piece);
  bool reached() const { return begun_ && depth_ == 0; }

 private:
  int depth_ = 0;
  bool begun_ = false;
  bool in_string_ = false;
  bool escaped_ = false;
};

class Lane {
 public:
  /// @pre `keys`, the last key given out in this answer, outlives the lane
  Lane(std::uint32_t candidate, llm::BlockKey& keys) : candidate_(candidate), keys_(&keys) {}

  void read_delta(json::View delta, llm::StreamSink& sink);
  /// Addresses beside the choices (Perplexity): each chunk repeats them.
  void note_sources(json::View sources) { sources_ = sources.raw(); }
  /// Closes what is open. False: a call never got its name.
  bool finish(const llm::Finish& finish, llm::StreamSink& sink);
  bool finished() const { return finished_; }
  std::uint32_t candidate() const { return candidate_; }

 private:
  struct Call {
    std::int64_t index = 0;
    std::string id = {};
    std::string name = {};
    std::string pending = {};  ///< arguments that came before the name
    bool custom = false;
    bool closed = false;
    std::optional<llm::BlockKey> key = {};
    ObjectEnd end = {};
  };

  void say(llm::BlockKind kind, std::string_view text, llm::StreamSink& sink);
  void read_reasoning(const ReasoningMembers& members, llm::StreamSink& sink);
  void read_call(json::View view, llm::StreamSink& sink);
  void read_legacy_call(json::View view, llm::StreamSink& sink);
  void add_arguments(Call& call, std::string_view piece, llm::StreamSink& sink);
  Call& call_of(json::View index, std::string_view id);
  void open_call(Call& call, llm::StreamSink& sink);
  void close_prose(llm::StreamSink& sink);
  void close_complete_calls(llm::StreamSink& sink);
  llm::BlockKey next_key() { return ++*keys_; }

  std::uint32_t candidate_;
  llm::BlockKey* keys_;
  std::optional<llm::BlockKey> prose_;  ///< text, refusal or thinking that is open
  llm::BlockKind prose_kind_ = llm::BlockKind::text;
  std::vector<Call> calls_;
  std::string_view reasoning_member_;
  std::string details_;  ///< sealed elements of `reasoning_details` for the thinking that is open
  std::string sources_;
  bool finished_ = false;
};

}  // namespace aigw::adapters::openai_chat
