#include "llm/seal_keeper.hpp"

#include "llm/call_id.hpp"

#include <algorithm>
#include <iterator>

namespace aigw::llm {
namespace {

constexpr std::size_t kThoughtBytesMax = 128U << 10U;  // so that a stream's memory stays bounded

/// The id that the client sends back, whichever of its dialects' bounds it went through.
std::string id_at_client(std::string_view id) { return call_id_for(id, kCallIdCharsMax); }

std::string made_id(const SealScope& scope, std::size_t number) {
  return made_call_id(scope.client == Dialect::anthropic_messages ? "toolu_" : "call_", scope.request_id, number);
}

Thinking owned(const Thinking& thought, const SealScope& scope) {
  Thinking out = thought;
  out.seal->provider = scope.provider;
  return out;
}

void keep(const SealScope& scope, std::string_view id, SealedCall sealed) {
  if (!sealed.seal && sealed.before.empty()) return;
  if (sealed.seal) sealed.seal->provider = scope.provider;
  scope.table->keep(scope.owner, id_at_client(id), std::move(sealed));
}

}  // namespace

void keep_seals(Answer& answer, const SealScope& scope) {
  std::size_t calls = 0;
  for (Candidate& candidate : answer.candidates) {
    SealedCall sealed;
    for (Block& block : candidate.blocks) {
      if (const auto* thought = block.as<Thinking>(); thought && thought->seal)
        sealed.before.push_back(owned(*thought, scope));
      auto* call = block.as<ToolCall>();
      if (!call) continue;
      if (call->id.empty()) call->id = made_id(scope, calls);
      ++calls;
      sealed.seal = call->seal;
      if (&candidate == &answer.candidates.front()) keep(scope, call->id, std::exchange(sealed, {}));
    }
  }
}

void SealKeeper::open(BlockKey key, const BlockOpening& opening) {
  BlockOpening with_id = opening;
  const bool is_call = opening.kind == BlockKind::tool_call || opening.kind == BlockKind::custom_call;
  std::string made;
  if (is_call && opening.id.empty()) with_id.id = made = made_id(scope_, calls_);
  if (is_call) ++calls_;
  encoder_.open(key, with_id);
  if (opening.candidate != 0 || (!is_call && opening.kind != BlockKind::thinking)) return;
  open_ = key;
  call_id_ = with_id.id;
  thought_ = {};
}

void SealKeeper::delta(BlockKey key, std::string_view piece) {
  encoder_.delta(key, piece);
  if (open_ == key && call_id_.empty() && thought_.text.size() <= kThoughtBytesMax) thought_.text.append(piece);
}

void SealKeeper::seal(BlockKey key, const Seal& seal) {
  encoder_.seal(key, seal);
  if (open_ != key) return;
  if (call_id_.empty())
    thought_.seal = seal;
  else
    sealed_.seal = seal;
}

void SealKeeper::close(BlockKey key) {
  encoder_.close(key);
  if (open_ != key) return;
  open_.reset();
  if (!call_id_.empty())
    keep(scope_, call_id_, std::exchange(sealed_, {}));
  else if (thought_.seal && thought_.text.size() <= kThoughtBytesMax)
    sealed_.before.push_back(owned(thought_, scope_));
}

void SealKeeper::whole(std::uint32_t candidate, const Block& block) {
  encoder_.whole(candidate, block);
  if (const auto* thought = block.as<Thinking>(); candidate == 0 && thought && thought->seal)
    sealed_.before.push_back(owned(*thought, scope_));
}

void restore_seals(ChatRequest& request, const SealScope& scope, Dialect provider_dialect) {
  if (scope.table->empty()) return;
  const auto is_theirs = [&](const Seal& seal) {
    return seal.provider == scope.provider && seal.dialect == provider_dialect;
  };
  for (Turn& turn : request.turns) {
    if (turn.role != Role::assistant) continue;
    std::size_t begin = 0;  // of what led to the next call
    bool sealed = false;
    for (std::size_t at = 0; at < turn.blocks.size(); ++at) {
      if (const auto* thought = turn.blocks[at].as<Thinking>()) sealed = sealed || thought->seal;
      auto* call = turn.blocks[at].as<ToolCall>();
      if (!call) continue;
      const bool wanting = !sealed && !call->seal && !call->id.empty();
      const auto found = wanting ? scope.table->find(scope.owner, id_at_client(call->id)) : nullptr;
      if (found) {
        if (found->seal && is_theirs(*found->seal)) call->seal = found->seal;
        std::vector<Block> thoughts;
        for (const Thinking& thought : found->before)
          if (is_theirs(*thought.seal)) thoughts.push_back({.value = thought, .path = turn.blocks[at].path});
        at += thoughts.size();
        turn.blocks.insert(turn.blocks.begin() + static_cast<std::ptrdiff_t>(begin),
                           std::make_move_iterator(thoughts.begin()), std::make_move_iterator(thoughts.end()));
      }
      begin = at + 1;
      sealed = false;
    }
  }
}

void forget_seals(const ChatRequest& request, const SealScope& scope) {
  if (scope.table->empty()) return;
  for (const Turn& turn : request.turns)
    for (const Block& block : turn.blocks)
      if (const auto* call = block.as<ToolCall>()) scope.table->forget(scope.owner, id_at_client(call->id));
}

}  // namespace aigw::llm
