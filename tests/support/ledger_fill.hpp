#pragma once
// A ledger as a team fills it: rows over weeks, of many keys, providers and models, through the journal and the
// ingester like real ones. The same arguments make the same rows.

#include "base/crypto.hpp"
#include "ledger/journal.hpp"
#include "ledger/record.hpp"
#include "store/ingester.hpp"
#include "store/key_repository.hpp"

#include <array>
#include <cmath>
#include <random>
#include <string>
#include <vector>

namespace aigw::test {

struct LedgerShape {
  std::int64_t rows = 0;
  UnixMillis until;  ///< the last row's time
  std::int64_t days = 40;
  int keys = 40;
};

class LedgerFill {
 public:
  explicit LedgerFill(const LedgerShape& shape)
      : shape_(shape), from_ms_(shape.until.value - shape.days * 86'400'000), popular_(weights(shape.keys)) {}

  ledger::Settled row(std::int64_t number) {
    ledger::Settled row;
    const std::int64_t span = shape_.until.value - from_ms_;
    const auto at = from_ms_ + static_cast<std::int64_t>(static_cast<double>(span) / static_cast<double>(shape_.rows) *
                                                         static_cast<double>(number));
    row.id = {RequestId::first_at({at}).value + 1 + number % 60'000};
    const Model& model = kModels[models_(random_)];
    row.key = {1 + popular_(random_)};
    row.credential = {1 + model.provider};
    const bool anthropic = model.provider == 1;
    row.client_dialect = anthropic ? llm::Dialect::anthropic_messages : llm::Dialect::openai_chat;
    row.provider_dialect = row.client_dialect;
    row.operation = llm::Operation::chat;
    row.stream = random_() % 10 < 7;
    row.provider = kProviders[static_cast<std::size_t>(model.provider)];
    row.model_requested = model.asked;
    row.bytes_in = 400 + static_cast<std::int64_t>(size_(random_) * 4);
    const auto luck = static_cast<unsigned>(random_() % 1000);
    row.latency_us = static_cast<std::uint32_t>(latency_(random_));
    if (luck < 5) return refused(std::move(row));
    attempts_ = {{row.provider, 200, row.latency_us, ""}};
    row.attempts = attempts_;
    if (luck < 25) return failed(std::move(row));
    row.outcome = luck < 35 ? ledger::Outcome::aborted : ledger::Outcome::succeeded;
    row.status = 200;
    row.model_served = model.served;
    row.usage_source = ledger::UsageSource::provider;
    row.tokens = TokenUsage{static_cast<std::int64_t>(size_(random_)),
                            anthropic ? static_cast<std::int64_t>(size_(random_) * 8) : 0, 0,
                            static_cast<std::int64_t>(size_(random_) / 3), 0};
    row.cost = NanoUsd{row.tokens->input * 2'500 + row.tokens->cache_read * 250 + row.tokens->output * 10'000};
    row.bytes_out = row.tokens->output * 40;
    if (row.stream) row.ttft_us = row.latency_us / 4;
    return row;
  }

 private:
  struct Model {
    int provider;
    const char* asked;
    const char* served;
  };
  static constexpr std::array kProviders = {"openai", "anthropic", "local", "google"};
  static constexpr std::array kModels = {Model{1, "claude-sonnet-4-5", "claude-sonnet-4-5-20250929"},
                                         Model{0, "gpt-5-mini", "gpt-5-mini-2025-08-07"},
                                         Model{1, "claude-haiku-4-5", "claude-haiku-4-5-20251001"},
                                         Model{0, "gpt-4o-mini", "gpt-4o-mini-2024-07-18"},
                                         Model{0, "gpt-5", "gpt-5-2025-08-07"},
                                         Model{2, "qwen3-coder", "qwen3-coder:30b"},
                                         Model{3, "gemini-2.5-flash", "gemini-2.5-flash"},
                                         Model{1, "claude-opus-4-1", "claude-opus-4-1-20250805"},
                                         Model{3, "gemini-2.5-pro", "gemini-2.5-pro"},
                                         Model{2, "llama3.3", "llama3.3:70b"},
                                         Model{0, "text-embedding-3-small", "text-embedding-3-small"},
                                         Model{0, "o4-mini", "o4-mini-2025-04-16"}};

  /// The second is asked for half as often as the first, the third a third as often: as teams do.
  static std::discrete_distribution<int> weights(int count) {
    std::vector<double> out;
    for (int i = 1; i <= count; ++i) out.push_back(1.0 / i);
    return {out.begin(), out.end()};
  }
  ledger::Settled refused(ledger::Settled row) {
    row.outcome = ledger::Outcome::refused;
    row.status = 404;
    row.latency_us = 90;
    row.error = "model_not_found: no provider answers to this model";
    return row;
  }
  ledger::Settled failed(ledger::Settled row) {
    row.outcome = ledger::Outcome::failed;
    row.status = 503;
    row.error = "upstream_error: the provider answered 503";
    attempts_ = {{row.provider, 503, row.latency_us, "upstream_error"},
                 {row.provider, 503, row.latency_us, "upstream_error"}};
    row.attempts = attempts_;
    return row;
  }

  LedgerShape shape_;
  std::int64_t from_ms_;
  std::mt19937 random_{1};
  std::discrete_distribution<int> popular_;
  std::discrete_distribution<std::size_t> models_ = [] {
    const auto ints = weights(static_cast<int>(kModels.size())).probabilities();
    return std::discrete_distribution<std::size_t>(ints.begin(), ints.end());
  }();
  std::lognormal_distribution<double> size_{std::log(900.0), 1.0};
  std::lognormal_distribution<double> latency_{std::log(2'500'000.0), 0.8};
  std::vector<ledger::Attempt> attempts_;
};

inline Status name_keys(store::Database& db, int count) {
  for (int i = 1; i <= count; ++i) {
    const std::string name = "team-" + std::to_string(i);
    AIGW_TRY(store::KeyRepository(db).insert({name, "aigw_" + name, crypto::sha256(name), {1}, {}}));
  }
  return {};
}

/// Fills the ledger of an ingester that has recovered and runs no thread; everything is in the tables afterwards.
inline Status fill_ledger(store::Ingester& ingester, const LedgerShape& shape) {
  constexpr std::int64_t kRowsAFlush = 50'000;
  AIGW_TRY_ASSIGN(const auto writer, ingester.open_writer(0));
  LedgerFill fill(shape);
  for (std::int64_t i = 0; i < shape.rows; ++i) {
    const ledger::Settled row = fill.row(i);
    AIGW_TRY(writer->reserve());
    AIGW_TRY(writer->settle(row));
    if (i % kRowsAFlush == kRowsAFlush - 1) AIGW_TRY(ingester.flush());
  }
  return ingester.flush();
}

}  // namespace aigw::test
