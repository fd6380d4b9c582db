#include "net/metrics.hpp"

#include <functional>

namespace aigw::net {
namespace {

constexpr std::size_t kLabelBytesMax = 128;
// Room that only what has answered may take: a client that makes up names can never crowd out the real ones.
constexpr std::size_t kForProven = kSeriesMax / 2;
// Room for "other" of each dialect and provider, so that there always is one.
constexpr std::size_t kForOther = kSeriesMax / 4;

/// "openai/gpt-4o" and "gpt-4o" are one model of openai.
std::string_view model_of(const ledger::Settled& row) {
  std::string_view model = row.model_requested;
  if (!row.provider.empty() && model.starts_with(row.provider) && model.substr(row.provider.size()).starts_with('/'))
    model.remove_prefix(row.provider.size() + 1);
  return model.size() > kLabelBytesMax ? kOtherLabel : model;
}

}  // namespace

std::size_t LoopMetrics::Hash::operator()(const Labels& labels) const noexcept {
  const std::hash<std::string_view> hash;
  return hash(labels.model) * 31 + hash(labels.provider) * 7 + static_cast<std::size_t>(labels.dialect);
}

Series* LoopMetrics::add(const Labels& labels, std::size_t room) {
  const std::size_t at = count_.load(std::memory_order_relaxed);
  if (at >= room) return nullptr;
  series_[at] = std::make_unique<Series>();
  Series& made = *series_[at];
  made.dialect = labels.dialect;
  made.provider = labels.provider;
  made.model = labels.model;
  by_labels_.emplace(Labels{made.dialect, made.provider, made.model}, &made);
  count_.store(at + 1, std::memory_order_release);
  return &made;
}

Series& LoopMetrics::find(const Labels& labels, bool proven) {
  if (const auto found = by_labels_.find(labels); found != by_labels_.end()) return *found->second;
  if (Series* made = add(labels, proven ? kSeriesMax - kForOther : kSeriesMax - kForOther - kForProven)) return *made;
  const Labels other{labels.dialect, labels.provider, kOtherLabel};
  if (const auto found = by_labels_.find(other); found != by_labels_.end()) return *found->second;
  if (Series* made = add(other, kSeriesMax - 1)) return *made;
  const Labels rest{llm::Dialect::none, kOtherLabel, kOtherLabel};
  if (const auto found = by_labels_.find(rest); found != by_labels_.end()) return *found->second;
  return *add(rest, kSeriesMax);
}

void LoopMetrics::count(const ledger::Settled& row) {
  // A model that nobody serves is a name that somebody made up.
  const std::string_view model = row.provider.empty() ? std::string_view() : model_of(row);
  Series& series = find({row.client_dialect, row.provider, model}, row.outcome == ledger::Outcome::succeeded);
  series.requests[static_cast<std::size_t>(row.outcome)].add();
  series.duration.observe(row.latency_us);
  if (row.ttft_us) series.first_token.observe(*row.ttft_us);
  if (row.tokens) {
    series.input.add(static_cast<std::uint64_t>(row.tokens->input));
    series.cache_read.add(static_cast<std::uint64_t>(row.tokens->cache_read));
    series.cache_write.add(static_cast<std::uint64_t>(row.tokens->cache_write));
    series.output.add(static_cast<std::uint64_t>(row.tokens->output));
    series.reasoning.add(static_cast<std::uint64_t>(row.tokens->reasoning));
    if (!row.cost) series.unpriced.add();
  }
  if (row.cost) series.cost_nano_usd.add(static_cast<std::uint64_t>(row.cost->value));
  series.attempts.add(row.attempts.size());
  if (row.attempts.size() > 1) series.retries.add(row.attempts.size() - 1);
  series.bytes_in.add(static_cast<std::uint64_t>(row.bytes_in));
  series.bytes_out.add(static_cast<std::uint64_t>(row.bytes_out));
}

}  // namespace aigw::net
