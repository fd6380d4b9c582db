#include "store/sketch.hpp"

#include "store/varint.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

namespace aigw::store {
namespace {

// 32 buckets an octave: each is 1/32 of its lower bound wide, its middle 1/64 from either end. Below 64 they are exact.
constexpr unsigned kSubBits = 5;
constexpr std::size_t kSubs = std::size_t{1} << kSubBits;
constexpr std::size_t kBuckets = (32 - kSubBits) * kSubs + kSubs;
constexpr std::size_t kPairBytesMax = 2 + kVarintBytesMax;  // a distance below kBuckets, and a count

}  // namespace

std::size_t LatencySketch::bucket_of(std::uint32_t value) {
  const auto width = static_cast<unsigned>(std::bit_width(value));
  if (width <= kSubBits) return value;
  const unsigned shift = width - kSubBits - 1;
  return shift * kSubs + (value >> shift);
}

std::uint32_t LatencySketch::middle_of(std::size_t bucket) {
  if (bucket < 2 * kSubs) return static_cast<std::uint32_t>(bucket);
  const std::size_t shift = bucket / kSubs - 1;
  const std::uint64_t low = static_cast<std::uint64_t>(bucket - shift * kSubs) << shift;
  return static_cast<std::uint32_t>(low + (std::uint64_t{1} << shift) / 2);
}

/// Makes room for the buckets from `first` to `last`.
void LatencySketch::cover(std::size_t first, std::size_t last) {
  if (counts_.empty()) first_ = first;
  if (first < first_) {
    counts_.insert(counts_.begin(), first_ - first, 0);
    first_ = first;
  }
  if (last - first_ >= counts_.size()) counts_.resize(last - first_ + 1);
}

void LatencySketch::add(std::size_t bucket, std::uint64_t count) {
  cover(bucket, bucket);
  counts_[bucket - first_] += count;
  count_ += count;
}

void LatencySketch::merge(const LatencySketch& other) {
  if (other.counts_.empty()) return;
  cover(other.first_, other.first_ + other.counts_.size() - 1);
  std::uint64_t* const into = counts_.data() + (other.first_ - first_);
  for (std::size_t i = 0; i < other.counts_.size(); ++i) into[i] += other.counts_[i];
  count_ += other.count_;
}

std::optional<std::uint32_t> LatencySketch::quantile(double q) const {
  if (count_ == 0) return std::nullopt;
  const auto rank =
      std::clamp<std::uint64_t>(static_cast<std::uint64_t>(std::ceil(q * static_cast<double>(count_))), 1, count_);
  std::uint64_t passed = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i)
    if ((passed += counts_[i]) >= rank) return middle_of(first_ + i);
  return std::nullopt;
}

std::string LatencySketch::encode() const {
  std::array<char, kBuckets * kPairBytesMax> bytes;
  char* at = bytes.data();
  std::size_t before = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    if (counts_[i] == 0) continue;
    at = put_varint(at, first_ + i - before);
    at = put_varint(at, counts_[i]);
    before = first_ + i;
  }
  return {bytes.data(), at};
}

std::optional<LatencySketch> LatencySketch::decode(std::string_view bytes) {
  LatencySketch sketch;
  std::uint64_t bucket = 0;
  while (!bytes.empty()) {
    const auto step = take_varint(bytes);
    const auto count = take_varint(bytes);
    if (!step || !count || *step >= kBuckets || (bucket += *step) >= kBuckets) return std::nullopt;
    sketch.add(static_cast<std::size_t>(bucket), *count);
  }
  return sketch;
}

}  // namespace aigw::store
