#pragma once
// What one loop counts of its work, for /metrics. Written by the loop's thread alone with plain stores, read by any
// thread at any time; no locks, and memory only when a new combination of labels comes up.

#include "base/error.hpp"
#include "ledger/record.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>

namespace aigw::net {

/// One writer, any reader.
class Counter {
 public:
  void add(std::uint64_t more = 1) { value_.store(value() + more, std::memory_order_relaxed); }
  void set(std::uint64_t value) { value_.store(value, std::memory_order_relaxed); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

/// Times in buckets that suit answers of models: from the milliseconds of a cache to the minutes of long reasoning.
struct Histogram {
  static constexpr std::array<std::uint32_t, 16> kBoundsMs = {
      5, 10, 25, 50, 100, 250, 500, 1'000, 2'500, 5'000, 10'000, 30'000, 60'000, 120'000, 300'000, 600'000};
  std::array<Counter, kBoundsMs.size() + 1> buckets;  ///< not cumulative; the last one is beyond all bounds
  Counter sum_us;

  void observe(std::uint32_t us) {
    std::size_t at = 0;
    while (at < kBoundsMs.size() && us > kBoundsMs[at] * 1000ULL) ++at;
    buckets[at].add();
    sum_us.add(us);
  }
};

/// The requests of one combination of labels.
struct Series {
  static constexpr std::size_t kOutcomes = 6;

  llm::Dialect dialect = llm::Dialect::none;  ///< of the client
  std::string provider;
  std::string model;
  std::array<Counter, kOutcomes> requests;  ///< by ledger::Outcome
  Histogram duration;
  Histogram first_token;
  Counter input, cache_read, cache_write, output, reasoning;  ///< tokens; reasoning is a part of output
  Counter cost_nano_usd;
  Counter unpriced;  ///< requests with usage and without a known price
  Counter attempts, retries;
  Counter bytes_in, bytes_out;
};

/// A bound on the series of one loop: models are named by clients, and each series costs a kilobyte and thirty lines.
inline constexpr std::size_t kSeriesMax = 200;
/// Stands for a provider or model that found no room, or that never answered.
inline constexpr std::string_view kOtherLabel = "other";
inline constexpr std::size_t kErrorKinds = static_cast<std::size_t>(ErrorKind::internal) + 1;

class LoopMetrics {
 public:
  /// A request that ended with a row.
  void count(const ledger::Settled& row);

  Counter begun, ended;                       ///< requests
  std::array<Counter, kErrorKinds> errors;    ///< requests that did not succeed, by why; those without a row too
  Counter connects, failed_connects, reuses;  ///< connections to providers
  Counter kept_connections;                   ///< a gauge: waiting for another call

  /// Requests that have begun and not ended. The loop's thread.
  std::uint64_t running() const { return begun.value() - ended.value(); }
  /// The series so far; each stays where it is. Any thread.
  std::size_t series_count() const { return count_.load(std::memory_order_acquire); }
  const Series& series(std::size_t at) const { return *series_[at]; }

 private:
  struct Labels {
    llm::Dialect dialect;
    std::string_view provider;
    std::string_view model;
    bool operator==(const Labels&) const = default;
  };
  struct Hash {
    std::size_t operator()(const Labels& labels) const noexcept;
  };
  Series& find(const Labels& labels, bool proven);
  Series* add(const Labels& labels, std::size_t room);

  std::array<std::unique_ptr<Series>, kSeriesMax> series_;
  std::atomic<std::size_t> count_{0};
  std::unordered_map<Labels, Series*, Hash> by_labels_;  ///< views into the series themselves
};

/// A request from its head to its end, however it ends.
class Running {
 public:
  explicit Running(LoopMetrics& metrics) : metrics_(metrics) { metrics_.begun.add(); }
  ~Running() { metrics_.ended.add(); }
  Running(const Running&) = delete;

 private:
  LoopMetrics& metrics_;
};

}  // namespace aigw::net
