#pragma once
// A mergeable picture of a distribution: counts in buckets that widen with the value, 32 an octave, so that a quantile
// is off by at most 1/64 of itself. Values; one thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aigw::store {

class LatencySketch {
 public:
  void add(std::uint32_t value) { add(bucket_of(value), 1); }
  void merge(const LatencySketch& other);
  std::uint64_t count() const { return count_; }
  /// The value that a share of `q` (0 to 1) does not exceed; none when empty.
  std::optional<std::uint32_t> quantile(double q) const;

  /// Pairs of varints (distance to the bucket before, count); empty for an empty sketch.
  std::string encode() const;
  /// None when the bytes are no sketch.
  static std::optional<LatencySketch> decode(std::string_view bytes);

 private:
  static std::size_t bucket_of(std::uint32_t value);
  static std::uint32_t middle_of(std::size_t bucket);
  void cover(std::size_t first, std::size_t last);
  void add(std::size_t bucket, std::uint64_t count);

  std::size_t first_ = 0;              ///< the bucket of counts_[0]: times of one provider lie close together
  std::vector<std::uint64_t> counts_;  ///< from the smallest bucket used to the largest
  std::uint64_t count_ = 0;
};

}  // namespace aigw::store
