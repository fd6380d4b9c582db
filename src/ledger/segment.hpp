#pragma once
// A segment file: its name, its header, and what writer and ingester share of it. Format: docs/journal.md.

#include "base/error.hpp"
#include "base/files.hpp"

#include <atomic>
#include <compare>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aigw::ledger {

constexpr std::uint32_t kFormatVersion = 1;
/// The header stands twice, so that one damaged block does not make a segment unreadable.
constexpr std::uint64_t kSegmentHeaderBytes = 128;

struct SegmentId {
  std::int64_t epoch = 0;  ///< one a start of `serve`, growing
  std::uint32_t loop = 0;
  std::uint32_t number = 0;  ///< within epoch and loop
  auto operator<=>(const SegmentId&) const = default;
};

/// "0000000007-01-000002.seg"
std::string file_name_of(const SegmentId& id);
std::optional<SegmentId> parse_file_name(std::string_view name);

struct SegmentHeader {
  std::uint32_t version = kFormatVersion;
  std::uint32_t salt = 0;     ///< starts the sum of every record
  std::string database_uuid;  ///< 32 hex digits
  SegmentId id;
};
std::string encode(const SegmentHeader& header);
/// From the first kSegmentHeaderBytes of a file, whichever copy is whole; none when neither is.
std::optional<SegmentHeader> decode_segment_header(std::string_view bytes);

/// One open segment. The writer publishes, the ingester reads up to there.
struct Segment {
  SegmentId id;
  std::filesystem::path path;
  std::uint32_t salt = 0;
  std::uint64_t first_record = kSegmentHeaderBytes;  ///< where to begin reading
  files::Handle file;
  std::atomic<std::uint64_t> published{0};  ///< bytes whose records are whole
  std::atomic<bool> closed{false};          ///< nothing will follow; set after the last `published`
};
using SegmentPtr = std::shared_ptr<Segment>;

/// Where writers hand their segments to the ingester. Any thread.
class SegmentList {
 public:
  void add(SegmentPtr segment) {
    const std::lock_guard lock(mutex_);
    added_.push_back(std::move(segment));
  }
  std::vector<SegmentPtr> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(added_, {});
  }

 private:
  std::mutex mutex_;
  std::vector<SegmentPtr> added_;
};

/// A segment that a process left behind: closed, published to its end. None when it has no whole header.
/// @errors database when it cannot be read, or is of a newer format
struct LeftSegment {
  SegmentPtr segment;
  std::string database_uuid;
};
Result<std::optional<LeftSegment>> open_left_segment(const std::filesystem::path& path);

/// The error of a segment that a broken disk does not give back.
Error cannot_read(const std::filesystem::path& segment, int code);

/// Behind the last byte between `begin` and `end` that is not zero: what follows is room that a writer was given and
/// did not come to use, or bytes that never reached the disk.
/// @errors database when it cannot be read
Result<std::uint64_t> used_end(const Segment& segment, std::uint64_t begin, std::uint64_t end);
/// A file without a record: its process died before it wrote one, or none reached the disk.
Result<bool> is_blank_segment(const std::filesystem::path& path);

/// The segments in a folder, oldest first. No folder: none.
Result<std::vector<std::pair<SegmentId, std::filesystem::path>>> list_segments(const std::filesystem::path& folder);

}  // namespace aigw::ledger
