#include "ops/probe.hpp"

#include "base/text.hpp"
#include "ops/provider_rules.hpp"
#include "ops/snapshot.hpp"
#include "ops/write.hpp"
#include "store/provider_repository.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <thread>

namespace aigw::ops {
namespace {

constexpr std::size_t kProbesAtOnce = 16;

Error no_such_provider(const policy::Snapshot& snapshot, std::string_view name) {
  std::vector<std::string_view> known;
  for (const auto& provider : snapshot.providers) known.push_back(provider.name);
  const std::string_view near = text::nearest(name, known);
  std::string next = near.empty() ? "" : "Did you mean \"" + std::string(near) + "\"? ";
  next += "A well-known provider needs a key first (aigw keys add NAME), any other aigw providers add NAME.";
  return make_error(ErrorKind::not_found, "no provider \"" + std::string(name) + "\" is configured", std::move(next));
}

std::string said_by(const ProbeResult& answer) { return answer.detail.empty() ? "" : " and says: " + answer.detail; }

std::vector<Result<ProbeResult>> ask_all(const Prober& ask, const std::vector<ProbeTarget>& targets) {
  std::vector<Result<ProbeResult>> answers(targets.size(), make_error(ErrorKind::internal, "not asked"));
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < targets.size(); i = next++) answers[i] = ask(targets[i]);
  };
  std::vector<std::jthread> threads;
  for (std::size_t i = 1; i < std::min(kProbesAtOnce, targets.size()); ++i) threads.emplace_back(work);
  work();
  threads.clear();
  return answers;
}

}  // namespace

std::string_view name_of(KeyState state) {
  static constexpr std::array<std::string_view, 4> kNames = {"ok", "missing", "refused", "unknown"};
  return kNames[static_cast<std::size_t>(state)];
}

ProbeTarget target_of(const policy::Provider& provider, std::chrono::milliseconds timeout) {
  ProbeTarget target{.provider = provider.name,
                     .dialect = {},
                     .auth = {},
                     .url = {},
                     .path = {},
                     .allow_private = provider.allow_private,
                     .key = provider.key,
                     .timeout = timeout};
  if (!provider.endpoints.empty()) {
    const auto& first = provider.endpoints.front();
    target.dialect = first.dialect;
    target.auth = first.auth;
    target.url = first.url;
    if (first.hosting) target.path = first.hosting->probe;
  }
  return target;
}

ProbeReport judge(const ProbeTarget& target, const Result<ProbeResult>& answer) {
  ProbeReport report{.provider = target.provider, .url = url_text(target.url), .error = {}};
  if (!answer) {
    report.error = answer.error().text();
    return report;
  }
  report.status = answer->status;
  report.latency_us = answer->latency_us;
  report.reached = answer->status < 500;
  if ((answer->status >= 200 && answer->status < 300) || answer->key_taken) {
    report.key = KeyState::ok;
  } else if (answer->status == 401 || answer->status == 403) {
    report.key = target.key.empty() ? KeyState::missing : KeyState::refused;
    report.error =
        target.key.empty()
            ? "it asks for a key and none is stored. Store one: aigw keys add " + target.provider
            : "it refuses the stored key" + said_by(*answer) + ". Store a new one: aigw keys add " + target.provider;
  } else if (!report.reached) {
    report.error = "it answers " + std::to_string(answer->status) + said_by(*answer) +
                   ". Try again later, or check its status page";
  }
  return report;
}

Result<std::vector<ProbeReport>> probe(const Context& context, std::span<const std::string> names,
                                       std::chrono::milliseconds timeout) {
  AIGW_TRY_ASSIGN(const policy::SnapshotPtr snapshot, load_snapshot(context));
  std::vector<ProbeTarget> targets;
  for (const auto& name : names) {
    const auto* provider = snapshot->provider(name);
    if (!provider) return no_such_provider(*snapshot, name);
    targets.push_back(target_of(*provider, timeout));
  }
  if (names.empty())
    for (const auto& provider : snapshot->providers) targets.push_back(target_of(provider, timeout));
  std::ranges::sort(targets, {}, &ProbeTarget::provider);
  const auto answers = ask_all(context.probe, targets);
  std::vector<ProbeReport> reports;
  for (std::size_t i = 0; i < targets.size(); ++i) reports.push_back(judge(targets[i], answers[i]));
  return reports;
}

Result<std::vector<std::string>> learn_models(const Context& context, std::string_view provider,
                                              std::chrono::milliseconds timeout) {
  AIGW_TRY_ASSIGN(const policy::SnapshotPtr snapshot, load_snapshot(context));
  const auto* known = snapshot->provider(provider);
  if (!known) return no_such_provider(*snapshot, provider);
  AIGW_TRY_ASSIGN(ProbeResult answer, context.probe(target_of(*known, timeout)));
  if (answer.status < 200 || answer.status >= 300)
    return make_error(ErrorKind::upstream_error, known->name + " answers its list of models with " +
                                                     std::to_string(answer.status) + said_by(answer));
  if (answer.models.empty())
    return make_error(ErrorKind::upstream_invalid, known->name + " gives no list of models",
                      "What was known of its models stays.");
  std::ranges::sort(answer.models);
  const auto [first, last] = std::ranges::unique(answer.models);
  answer.models.erase(first, last);
  const std::unordered_set<std::string> fresh(answer.models.begin(), answer.models.end());
  if (known->models == fresh) return std::move(answer.models);  // asked every few minutes: nothing new is no write
  AIGW_TRY(write(context, "providers.learn", provider, [&](store::Database& db) {
    return store::ProviderRepository(db).set_models(provider, answer.models, context.clock());
  }));
  return std::move(answer.models);
}

}  // namespace aigw::ops
