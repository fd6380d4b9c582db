#pragma once
// The turns of a request as the Messages API takes them: roles alternate, every call is answered in the next turn, no
// empty text. Only for this folder.

#include "adapters/anthropic_messages/cache_markers.hpp"
#include "json/writer.hpp"
#include "llm/translator.hpp"

#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace aigw::adapters::anthropic_messages {

class Conversation {
 public:
  /// Arguments outlive it.
  Conversation(const llm::ChatRequest& request, const llm::EncodeTarget& target, llm::Losses& losses)
      : request_(request), target_(target), losses_(losses) {}

  /// @errors bad_request for what may not be left out
  Status plan();

  /// The system blocks: the client's, and what stood in the middle of the conversation where the model takes it there
  /// only.
  const std::vector<const llm::Block*>& system_blocks() const { return system_; }
  std::size_t cache_markers() const { return cache_markers_; }
  /// The model is to go on with an assistant's turn.
  bool is_prefill() const;
  /// The last step's call was made without the thinking that a model with a thinking budget wants to see before it.
  bool last_call_lacks_thinking() const;

  /// The value of `messages`.
  void write(json::Writer& out, CacheMarkers& markers) const;

 private:
  struct Piece {
    const llm::Block* block = nullptr;
    std::string id = {};    ///< of a call or a result
    std::string text = {};  ///< instead of the block's: a result's text, a call's arguments, a seal
    bool is_error = false;
  };
  struct Turn {
    llm::Role role = llm::Role::user;
    std::vector<Piece> pieces = {};
    std::string_view path = {};
    std::size_t results = 0;  ///< so many pieces at the front
  };
  struct OpenCall {
    std::string_view asked_id;  ///< as the client has it
    std::string_view name;
    std::string id;
    bool answered = false;
  };

  Status add(const llm::Turn& turn);
  Turn& turn_of(llm::Role role, std::string_view path);
  Status add_block(Turn& turn, const llm::Block& block);
  void add_thinking(Turn& turn, const llm::Block& block, const llm::Thinking& thinking);
  void add_call(Turn& turn, const llm::Block& block, const llm::ToolCall& call);
  Status add_result(Turn& turn, const llm::Block& block, const llm::ToolResult& result);
  Status add_media(Turn& turn, const llm::Block& block, const llm::Media& media);
  Status check_media(const llm::Media& media, std::string_view path);
  void sort_results(Turn& turn) const;
  void trim_prefill();

  void write_piece(json::Writer& out, const Piece& piece, CacheMarkers& markers) const;

  const llm::ChatRequest& request_;
  const llm::EncodeTarget& target_;
  llm::Losses& losses_;
  std::vector<const llm::Block*> system_;
  std::vector<Turn> turns_;
  std::vector<OpenCall> open_;  ///< of the last assistant turn
  std::unordered_set<std::string> ids_;
  std::size_t calls_ = 0;
  std::size_t cache_markers_ = 0;
};

}  // namespace aigw::adapters::anthropic_messages
