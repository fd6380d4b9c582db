#include "store/sketch.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "store/varint.hpp"

namespace aigw::store {
namespace {

// 32 buckets an octave: each is 1/32 of its lower bound wide, its middle 1/64 from either end. Below 64 they are exact.
constexpr unsigned kSubBits = 5;
constexpr std::size_t kSubs = std::size_t{1} << kSubBits;
constexpr std::size_t kBuckets = (32 - kSubBits) * kSubs + kSubs;

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

void LatencySketch::add(std::size_t bucket, std::uint64_t count) {
  if (bucket >= counts_.size()) counts_.resize(bucket + 1);
  counts_[bucket] += count;
  count_ += count;
}

void LatencySketch::merge(const LatencySketch& other) {
  if (other.counts_.size() > counts_.size()) counts_.resize(other.counts_.size());
  for (std::size_t i = 0; i < other.counts_.size(); ++i) counts_[i] += other.counts_[i];
  count_ += other.count_;
}

std::optional<std::uint32_t> LatencySketch::quantile(double q) const {
  if (count_ == 0) return std::nullopt;
  const auto rank = std::clamp<std::uint64_t>(static_cast<std::uint64_t>(std::ceil(q * static_cast<double>(count_))), 1, count_);
  std::uint64_t passed = 0;
  for (std::size_t bucket = 0; bucket < counts_.size(); ++bucket)
    if ((passed += counts_[bucket]) >= rank) return middle_of(bucket);
  return std::nullopt;
}

std::string LatencySketch::encode() const {
  std::string out;
  std::size_t before = 0;
  for (std::size_t bucket = 0; bucket < counts_.size(); ++bucket) {
    if (counts_[bucket] == 0) continue;
    put_varint(out, bucket - before);
    put_varint(out, counts_[bucket]);
    before = bucket;
  }
  return out;
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
