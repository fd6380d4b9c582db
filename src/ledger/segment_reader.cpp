#include "ledger/segment_reader.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace aigw::ledger {
namespace {

constexpr std::size_t kReadBytes = std::size_t{256} << 10;
constexpr std::uint64_t kAlignment = 8;

}  // namespace

SegmentReader::SegmentReader(SegmentPtr segment, std::uint64_t position)
    : segment_(std::move(segment)), position_(position) {}

void SegmentReader::rewind(std::uint64_t position, const Damage& damage) {
  position_ = position;
  damage_ = damage;
}

void SegmentReader::count_damaged(std::size_t bytes) {
  ++damage_.records;
  damage_.bytes += static_cast<std::int64_t>(bytes);
}

/// What the buffer holds from `position_` on.
std::string_view SegmentReader::ahead() const {
  if (position_ < buffer_at_ || position_ >= buffer_at_ + buffer_.size()) return {};
  const auto skip = static_cast<std::size_t>(position_ - buffer_at_);
  return {buffer_.data() + skip, buffer_.size() - skip};
}

/// Brings at least one record's worth ahead, or everything up to `end`.
Status SegmentReader::fill(std::uint64_t end) {
  const std::uint64_t wanted = std::min<std::uint64_t>(kRecordBytesMax, end - position_);
  if (ahead().size() >= wanted) return {};
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(kReadBytes, end - position_));
  buffer_.resize(size);
  buffer_at_ = position_;
  std::size_t have = 0;
  while (have < size) {
    const ssize_t got =
        ::pread(segment_->file.get(), buffer_.data() + have, size - have, static_cast<off_t>(position_ + have));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      buffer_.clear();
      return cannot_read(segment_->path, errno);
    }
    if (got == 0) break;  // somebody cut the file: what is missing counts as damage
    have += static_cast<std::size_t>(got);
  }
  buffer_.resize(have);
  return {};
}

Result<std::optional<RawRecord>> SegmentReader::next(std::uint64_t end) {
  if (position_ >= end) return std::optional<RawRecord>{};
  AIGW_TRY(fill(end));
  // Bytes behind `end` may be in the buffer already; they are not published yet.
  const std::string_view bytes = ahead().substr(0, static_cast<std::size_t>(end - position_));
  auto record = decode_header(bytes, segment_->salt);
  if (!record) return resync(end);
  position_ += record->bytes;
  return record;
}

/// Tries every aligned place until one holds a whole record.
Result<std::optional<RawRecord>> SegmentReader::resync(std::uint64_t end) {
  const std::uint64_t from = position_;
  AIGW_TRY_ASSIGN(const std::uint64_t used, used_end(*segment_, position_, end));
  std::int64_t seen = 0;
  bool torn = true;
  std::optional<RawRecord> record;
  while (position_ < used) {
    AIGW_TRY(fill(end));
    const std::string_view bytes = ahead().substr(0, static_cast<std::size_t>(end - position_));
    if (bytes.empty()) break;
    record = decode_header(bytes, segment_->salt);
    if (record) break;
    if (has_record_magic(bytes)) ++seen;
    if (const std::size_t claimed = claimed_bytes(bytes); claimed != 0 && claimed <= used - position_) torn = false;
    position_ += kAlignment;
  }
  if (!record) position_ = end;
  const auto skipped = static_cast<std::int64_t>(std::min(position_, std::max(used, from)) - from);
  if (!record && torn) {
    damage_.torn_bytes += skipped;
    return record;
  }
  damage_.records += std::max<std::int64_t>(seen, 1);
  damage_.bytes += skipped;
  if (record) position_ += record->bytes;
  return record;
}

}  // namespace aigw::ledger
