#include "server/learner.hpp"

#include "base/log.hpp"
#include "ops/collect.hpp"
#include "ops/probe.hpp"
#include "ops/providers.hpp"
#include "ops/write.hpp"

#include <algorithm>

namespace aigw::server {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr seconds kTimeout{5};
constexpr minutes kAgain{10};

}  // namespace

void Learner::start() {
  thread_ = std::thread([this] { run(); });
}

void Learner::nudge() {
  {
    const std::lock_guard lock(mutex_);
    nudged_ = true;
  }
  condition_.notify_one();
}

void Learner::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  condition_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Learner::run() {
  for (;;) {
    learn_due();
    std::unique_lock lock(mutex_);
    condition_.wait_for(lock, minutes(1), [this] { return stopping_ || nudged_; });
    if (stopping_) return;
    const bool timed_out = !nudged_;
    nudged_ = false;
    lock.unlock();
    if (timed_out) ops::announce(context_);  // keys that expired meanwhile leave the snapshot
  }
}

/// A well-known provider whose models the program knows anyway.
bool Learner::in_catalogue(const ops::Collected& one) const {
  const auto& models = context_.registry->models;
  return one.origin == ops::Origin::well_known &&
         std::ranges::find(models, std::string_view(one.provider.name), &llm::ModelFact::provider) != models.end();
}

void Learner::learn_due() {
  const auto providers = ops::list_providers(context_);
  if (!providers) return;
  for (const ops::Collected& one : *providers) {
    if (!one.callable() || one.provider.endpoints.empty() || in_catalogue(one)) continue;
    if (one.provider.endpoints.front().hosting) continue;  // a cloud's list has what is its customer's own
    // A new address or a new key is asked at once.
    const std::string what = one.provider.name + " " + one.provider.endpoints.front().url.authority + " " +
                             std::to_string(one.provider.credential.value);
    const Instant now = steady_now();
    if (const auto asked = asked_.find(what); asked != asked_.end() && now - asked->second < kAgain) continue;
    asked_[what] = now;
    const auto models = ops::learn_models(context_, one.provider.name, kTimeout);
    if (models)
      log::debug("models_learnt", {{"provider", one.provider.name}, {"models", models->size()}});
    else
      log::debug("models_not_learnt", {{"provider", one.provider.name}, {"error", models.error().text()}});
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
  }
}

}  // namespace aigw::server
