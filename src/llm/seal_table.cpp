#include "llm/seal_table.hpp"

namespace aigw::llm {
namespace {

constexpr std::size_t kEntryOverhead = 256;  // list, map, pointers: about

std::string key_of(KeyId owner, std::string_view call_id) {
  return std::to_string(owner.value).append("/").append(call_id);
}

std::size_t bytes_of(const Seal& seal) { return seal.bytes.size() + seal.provider.size(); }

std::size_t bytes_of(const SealedCall& call) {
  std::size_t bytes = call.seal ? bytes_of(*call.seal) : 0;
  for (const Thinking& thought : call.before)
    bytes += sizeof thought + thought.text.size() + (thought.seal ? bytes_of(*thought.seal) : 0);
  return bytes;
}

}  // namespace

void SealTable::keep(KeyId owner, std::string_view call_id, SealedCall call) {
  std::string key = key_of(owner, call_id);
  const std::size_t bytes = bytes_of(call) + key.size() + kEntryOverhead;
  if (bytes > limits_.call_bytes_max) return;
  auto kept = std::make_shared<const SealedCall>(std::move(call));
  const std::lock_guard lock(mutex_);
  if (const auto found = by_key_.find(key); found != by_key_.end()) drop(found->second);
  entries_.push_front({std::move(key), std::move(kept), bytes});
  by_key_.emplace(entries_.front().key, entries_.begin());
  bytes_ += bytes;
  while (bytes_ > limits_.bytes_max || entries_.size() > limits_.calls_max) drop(std::prev(entries_.end()));
  calls_.store(entries_.size(), std::memory_order_relaxed);
}

std::shared_ptr<const SealedCall> SealTable::find(KeyId owner, std::string_view call_id) {
  const std::string key = key_of(owner, call_id);
  const std::lock_guard lock(mutex_);
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->call;
}

void SealTable::forget(KeyId owner, std::string_view call_id) {
  const std::string key = key_of(owner, call_id);
  const std::lock_guard lock(mutex_);
  if (const auto found = by_key_.find(key); found != by_key_.end()) drop(found->second);
  calls_.store(entries_.size(), std::memory_order_relaxed);
}

void SealTable::drop(Entries::iterator entry) {
  bytes_ -= entry->bytes;
  by_key_.erase(entry->key);
  entries_.erase(entry);
}

}  // namespace aigw::llm
