#include "net/metrics.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace aigw;
using net::kSeriesMax;
using net::LoopMetrics;
using net::Series;

namespace {

ledger::Settled row(std::string_view provider, std::string_view model,
                    ledger::Outcome outcome = ledger::Outcome::succeeded) {
  ledger::Settled out;
  out.client_dialect = llm::Dialect::openai_chat;
  out.provider = provider;
  out.model_requested = model;
  out.outcome = outcome;
  return out;
}

std::uint64_t requests(const Series& series) {
  std::uint64_t out = 0;
  for (const auto& outcome : series.requests) out += outcome.value();
  return out;
}

std::uint64_t requests(const LoopMetrics& metrics) {
  std::uint64_t out = 0;
  for (std::size_t i = 0; i < metrics.series_count(); ++i) out += requests(metrics.series(i));
  return out;
}

const Series* find(const LoopMetrics& metrics, std::string_view provider, std::string_view model) {
  for (std::size_t i = 0; i < metrics.series_count(); ++i)
    if (metrics.series(i).provider == provider && metrics.series(i).model == model) return &metrics.series(i);
  return nullptr;
}

}  // namespace

TEST_CASE("a model has one series, with its provider's name before it or not") {
  LoopMetrics metrics;
  metrics.count(row("openai", "gpt-4o"));
  metrics.count(row("openai", "openai/gpt-4o"));
  metrics.count(row("openrouter", "openai/gpt-4o"));
  CHECK(metrics.series_count() == 2);
  CHECK(requests(*find(metrics, "openai", "gpt-4o")) == 2);
  CHECK(requests(*find(metrics, "openrouter", "openai/gpt-4o")) == 1);
}

TEST_CASE("a request that no provider takes has no model, whatever it asked for") {
  LoopMetrics metrics;
  for (int i = 0; i < 50; ++i) metrics.count(row("", "made-up-" + std::to_string(i), ledger::Outcome::refused));
  REQUIRE(metrics.series_count() == 1);
  CHECK(metrics.series(0).model.empty());
  CHECK(requests(metrics) == 50);
}

TEST_CASE("made-up names fill the room of what never answered, and leave the room of what did") {
  LoopMetrics metrics;
  for (int i = 0; i < 1000; ++i) metrics.count(row("up", "made-up-" + std::to_string(i), ledger::Outcome::failed));
  const std::size_t crowded = metrics.series_count();
  CHECK(crowded < kSeriesMax / 2);
  CHECK(find(metrics, "up", net::kOtherLabel));
  metrics.count(row("up", "real"));
  REQUIRE(find(metrics, "up", "real"));
  CHECK(requests(metrics) == 1001);
}

TEST_CASE("nothing is lost and nothing grows past the bound, even when every name answers") {
  LoopMetrics metrics;
  for (int i = 0; i < 1000; ++i)
    for (const std::string& provider : {"a" + std::to_string(i), std::string("b")})
      metrics.count(row(provider, "m" + std::to_string(i)));
  CHECK(metrics.series_count() <= kSeriesMax);
  CHECK(requests(metrics) == 2000);
  CHECK(find(metrics, net::kOtherLabel, net::kOtherLabel));
}

TEST_CASE("a row's numbers go where they belong") {
  LoopMetrics metrics;
  ledger::Settled one = row("up", "m");
  one.latency_us = 30'000;
  one.ttft_us = 5'000;
  one.tokens = TokenUsage{.input = 1, .cache_read = 2, .cache_write = 3, .output = 4, .reasoning = 2};
  const ledger::Attempt attempts[] = {{.provider = "up"}, {.provider = "up"}};
  one.attempts = attempts;
  metrics.count(one);
  one.cost = NanoUsd{7};
  metrics.count(one);
  const Series& series = metrics.series(0);
  CHECK(series.duration.buckets[3].value() == 2);     // 25 ms to 50 ms
  CHECK(series.first_token.buckets[0].value() == 2);  // a bound belongs to its bucket
  CHECK(series.duration.sum_us.value() == 60'000);
  CHECK(series.cache_write.value() == 6);
  CHECK(series.output.value() == 8);
  CHECK(series.reasoning.value() == 4);
  CHECK(series.cost_nano_usd.value() == 7);
  CHECK(series.unpriced.value() == 1);
  CHECK(series.attempts.value() == 4);
  CHECK(series.retries.value() == 2);
}
