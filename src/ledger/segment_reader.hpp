#pragma once
// Reads a segment's records in order and finds its way again behind damage. One thread.

#include "base/error.hpp"
#include "ledger/encoding.hpp"
#include "ledger/segment.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace aigw::ledger {

/// What could not be read. A torn tail is what a process left that died while it wrote: nobody was told of it.
struct Damage {
  std::int64_t records = 0;  ///< at least so many
  std::int64_t bytes = 0;
  std::int64_t torn_bytes = 0;
};

class SegmentReader {
 public:
  /// `segment` outlives the reader, or is kept by it.
  explicit SegmentReader(SegmentPtr segment, std::uint64_t position = kSegmentHeaderBytes);

  /// The next record that ends at or before `end`; none when there is no more. Its views hold until the next call.
  /// @errors database when the file cannot be read
  Result<std::optional<RawRecord>> next(std::uint64_t end);

  std::uint64_t position() const { return position_; }  ///< behind the last record that was given out
  /// Back to an earlier position, with the damage that was counted by then.
  void rewind(std::uint64_t position, const Damage& damage);
  const Damage& damage() const { return damage_; }
  Segment& segment() const { return *segment_; }
  /// The record that was given out last turned out not to be what its kind says.
  void count_damaged(std::size_t bytes);

 private:
  Status fill(std::uint64_t end);
  Result<std::optional<RawRecord>> resync(std::uint64_t end);
  std::string_view ahead() const;

  SegmentPtr segment_;
  std::uint64_t position_;
  Damage damage_;
  std::vector<char> buffer_;
  std::uint64_t buffer_at_ = 0;  ///< the file's offset of buffer_[0]
};

}  // namespace aigw::ledger
