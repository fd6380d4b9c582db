#include "llm/option_memory.hpp"

#include <algorithm>

namespace aigw::llm {
namespace {

/// No provider's name has a line's end in it.
std::string key_of(std::string_view provider, std::string_view model) {
  return std::string(provider).append("\n").append(model);
}

}  // namespace

void OptionMemory::learn(std::string_view provider, std::string_view model, Option option, Instant now) {
  std::string key = key_of(provider, model);
  const std::lock_guard lock(mutex_);
  std::erase_if(models_, [&](const auto& known) { return known.second.until <= now; });
  if (models_.size() >= kModelsMax && !models_.contains(key))
    models_.erase(std::ranges::min_element(models_, {}, [](const auto& known) { return known.second.until; }));
  Known& known = models_[std::move(key)];
  known.options.add(option);
  known.until = now + kKept;
  empty_.store(false, std::memory_order_relaxed);
}

OptionSet OptionMemory::refused_by(std::string_view provider, std::string_view model, Instant now) {
  if (empty_.load(std::memory_order_relaxed)) return {};
  const std::string key = key_of(provider, model);
  const std::lock_guard lock(mutex_);
  const auto found = models_.find(key);
  return found == models_.end() || found->second.until <= now ? OptionSet{} : found->second.options;
}

}  // namespace aigw::llm
