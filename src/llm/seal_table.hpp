#pragma once
// What providers sealed on the way to a call, by the id that the client sends back with every call: for clients that
// drop the fields in which seals travel (see seal.hpp). In memory alone and bounded: the least recently used goes
// first.

#include "base/ids.hpp"
#include "llm/block.hpp"

#include <atomic>
#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace aigw::llm {

/// Each seal with its provider.
struct SealedCall {
  std::vector<Thinking> before = {};  ///< the thoughts that led to the call
  std::optional<Seal> seal = {};      ///< the call's own
};

/// Any thread.
class SealTable {
 public:
  struct Limits {
    std::size_t bytes_max = 32U << 20U;
    std::size_t call_bytes_max = 256U << 10U;  ///< a larger one is not kept
    std::size_t calls_max = 1U << 16U;
  };
  SealTable() : SealTable(Limits{}) {}
  explicit SealTable(Limits limits) : limits_(limits) {}

  /// `owner`: whose call it is; nobody else finds it. Replaces what was kept for that id.
  void keep(KeyId owner, std::string_view call_id, SealedCall call);
  /// Null when there is none (any more).
  std::shared_ptr<const SealedCall> find(KeyId owner, std::string_view call_id);
  void forget(KeyId owner, std::string_view call_id);
  /// Without a lock: whether it is worth looking.
  bool empty() const { return calls_.load(std::memory_order_relaxed) == 0; }

 private:
  struct Entry {
    std::string key;
    std::shared_ptr<const SealedCall> call;
    std::size_t bytes = 0;
  };
  using Entries = std::list<Entry>;
  void drop(Entries::iterator entry);

  const Limits limits_;
  std::atomic<std::size_t> calls_ = 0;
  std::mutex mutex_;  // guards the rest
  Entries entries_;   // the most recently used first
  std::unordered_map<std::string_view, Entries::iterator> by_key_;
  std::size_t bytes_ = 0;
};

}  // namespace aigw::llm
