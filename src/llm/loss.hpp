#pragma once
// What a translation could not carry over. Nothing is dropped in silence: each loss names the place in the client's
// body and why. Values; one thread.

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aigw::llm {

struct Loss {
  std::string path = {};    ///< in the client's body: "messages[3].content[1].cache_control"
  std::string reason = {};  ///< one to four words: "no breakpoints"
  bool operator==(const Loss&) const = default;
};

/// The losses of one request, bounded; what is over the bound is counted.
class Losses {
 public:
  static constexpr std::size_t kMax = 256;
  static constexpr std::size_t kHeaderBytesMax = 1024;

  /// What changes what the model is asked or what the client gets. Refused where the client asked for strictness.
  void add(std::string_view path, std::string_view reason) { put(losses_, path, reason); }
  /// What has no effect on the answer (a cache marker, a default): for the ledger only, never refused.
  void note(std::string_view path, std::string_view reason) { put(notes_, path, reason); }

  std::span<const Loss> losses() const { return losses_; }
  std::span<const Loss> notes() const { return notes_; }
  bool empty() const { return losses_.empty(); }
  /// For `x-aigw-lost`: "path:reason, path:reason x7, +2 more". Indexes are folded ("messages[*]"), characters that a
  /// header may not hold become '?'.
  std::string header() const;
  /// For the ledger: a line each, "path: reason", notes as "~path: reason"; whole lines up to `bytes_max`.
  std::string lines(std::size_t bytes_max) const;

 private:
  void put(std::vector<Loss>& list, std::string_view path, std::string_view reason);
  std::vector<Loss> losses_;
  std::vector<Loss> notes_;
  std::size_t left_out_ = 0;
};

}  // namespace aigw::llm
