#include "llm/block_ledger.hpp"

#include "json/scan.hpp"

#include <algorithm>

namespace aigw::llm {
namespace {

constexpr std::uint32_t kCandidatesMax = 128;  // OpenAI's own bound for `n`

/// What goes into the client's events as it came: nobody has looked at the provider's event as a whole.
bool is_json(std::string_view text) { return json::check_value(text).ok(); }

}  // namespace

BlockLedger::Lane& BlockLedger::lane(std::uint32_t candidate) {
  if (candidate >= kCandidatesMax) {
    ++repairs_;
    candidate = kCandidatesMax - 1;
  }
  if (lanes_.size() <= candidate) lanes_.resize(candidate + 1);
  return lanes_[candidate];
}

BlockLedger::Lane* BlockLedger::lane_of_live(BlockKey key) {
  const auto found = std::ranges::find_if(lanes_, [&](const Lane& lane) { return lane.live == key; });
  return found == lanes_.end() ? nullptr : &*found;
}

BlockLedger::Waiting* BlockLedger::find_waiting(BlockKey key, Lane** owner) {
  for (Lane& lane : lanes_)
    for (Waiting& waiting : lane.waiting)
      if (waiting.key == key && !waiting.whole && !waiting.closed) {
        if (owner) *owner = &lane;
        return &waiting;
      }
  return nullptr;
}

void BlockLedger::start(std::string_view id, std::string_view model, std::int64_t created_s) {
  if (over()) return;
  if (started_) {
    ++repairs_;
    return;
  }
  started_ = true;
  model_ = model;
  encoder_.start(id, model, created_s);
}

void BlockLedger::open(BlockKey key, const BlockOpening& as_provided) {
  if (over()) return;
  BlockOpening opening = as_provided;
  if (names_) opening.name = names_->original(opening.name);
  if (!started_) {
    ++repairs_;
    start({}, {}, 0);
  }
  has_content_ = true;
  Lane& where = lane(opening.candidate);
  if (opening.kind == BlockKind::tool_call || opening.kind == BlockKind::custom_call) where.has_call = true;
  if (!where.live && where.waiting.empty()) {
    where.live = key;
    encoder_.open(key, opening);
    return;
  }
  where.waiting.push_back(
      {.key = key, .kind = opening.kind, .id = std::string(opening.id), .name = std::string(opening.name)});
}

void BlockLedger::delta(BlockKey key, std::string_view piece) {
  if (over() || piece.empty()) return;
  if (lane_of_live(key)) return encoder_.delta(key, piece);
  if (Waiting* waiting = find_waiting(key, nullptr))
    waiting->body.append(piece);
  else
    ++repairs_;
}

void BlockLedger::seal(BlockKey key, const Seal& seal) {
  if (over()) return;
  if (lane_of_live(key)) return encoder_.seal(key, seal);
  if (Waiting* waiting = find_waiting(key, nullptr))
    waiting->seal = seal;
  else
    ++repairs_;
}

void BlockLedger::cite(BlockKey key, const Citation& citation) {
  if (over()) return;
  if (lane_of_live(key)) return encoder_.cite(key, citation);
  if (Waiting* waiting = find_waiting(key, nullptr))
    waiting->citations.push_back(citation);
  else
    ++repairs_;
}

void BlockLedger::close(BlockKey key) {
  if (over()) return;
  if (Lane* live = lane_of_live(key)) {
    live->live.reset();
    encoder_.close(key);
    promote(static_cast<std::uint32_t>(live - lanes_.data()));
    return;
  }
  if (Waiting* waiting = find_waiting(key, nullptr))
    waiting->closed = true;
  else
    ++repairs_;
}

void BlockLedger::whole(std::uint32_t candidate, const Block& block) {
  if (over()) return;
  if (const auto* opaque = block.as<Opaque>(); opaque && !is_json(opaque->json)) {
    ++repairs_;
    return;
  }
  if (!started_) {
    ++repairs_;
    start({}, {}, 0);
  }
  has_content_ = true;
  Lane& where = lane(candidate);
  if (!where.live && where.waiting.empty()) return encoder_.whole(candidate, block);
  Waiting waiting;
  waiting.whole = block;
  where.waiting.push_back(std::move(waiting));
}

/// The oldest waiting block becomes the live one; those that are complete already go out whole.
void BlockLedger::promote(std::uint32_t candidate) {
  Lane& where = lane(candidate);
  while (!where.live && !where.waiting.empty()) {
    Waiting next = std::move(where.waiting.front());
    where.waiting.pop_front();
    if (next.whole) {
      encoder_.whole(candidate, *next.whole);
      continue;
    }
    encoder_.open(next.key, {.kind = next.kind, .candidate = candidate, .id = next.id, .name = next.name});
    const bool is_call = next.kind == BlockKind::tool_call || next.kind == BlockKind::custom_call;
    if (next.seal && is_call) encoder_.seal(next.key, *next.seal);
    if (!next.body.empty()) encoder_.delta(next.key, next.body);
    for (const Citation& citation : next.citations) encoder_.cite(next.key, citation);
    if (next.seal && !is_call) encoder_.seal(next.key, *next.seal);
    if (next.closed)
      encoder_.close(next.key);
    else
      where.live = next.key;
  }
}

void BlockLedger::logprobs(std::uint32_t candidate, std::string_view elements) {
  if (over() || elements.empty()) return;
  if (is_json("[" + std::string(elements) + "]"))
    encoder_.logprobs(candidate, elements);
  else
    ++repairs_;
}

void BlockLedger::finish(std::uint32_t candidate, const Finish& finish) {
  if (over()) return;
  Lane& where = lane(candidate);
  if (where.finish) {
    ++repairs_;
    return;
  }
  where.finish = finish;
}

void BlockLedger::close_all() {
  for (std::uint32_t candidate = 0; candidate < lanes_.size(); ++candidate)
    while (lanes_[candidate].live || !lanes_[candidate].waiting.empty()) {
      if (const auto live = std::exchange(lanes_[candidate].live, std::nullopt)) encoder_.close(*live);
      promote(candidate);
    }
}

void BlockLedger::error(const ProviderError& error) {
  if (over()) return;
  failure_ = error;
  encoder_.error(error);
}

void BlockLedger::end() {
  if (over()) return;
  if (!started_) {
    ++repairs_;
    start({}, {}, 0);
  }
  close_all();
  ended_ = true;
  if (usage_) encoder_.usage(*usage_);
  if (lanes_.empty()) lanes_.resize(1);
  for (std::uint32_t candidate = 0; candidate < lanes_.size(); ++candidate) {
    Lane& where = lanes_[candidate];
    if (!where.finish) {
      ++repairs_;
      where.finish = Finish{};
    }
    using Reason = Finish::Reason;
    if (where.finish->reason == Reason::stop || where.finish->reason == Reason::tool)
      where.finish->reason = where.has_call ? Reason::tool : Reason::stop;
    encoder_.finish(candidate, *where.finish);
  }
  encoder_.end();
}

}  // namespace aigw::llm
