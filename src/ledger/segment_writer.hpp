#pragma once
// The Writer of one loop over its segment files. Preallocates, promises space before it is needed, writes through a
// window of memory, goes on to a new segment when one is full. On the loop's thread.

#include "ledger/encoding.hpp"
#include "ledger/file_window.hpp"
#include "ledger/group_sync.hpp"
#include "ledger/journal.hpp"
#include "ledger/segment.hpp"
#include "ledger/signal.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

namespace aigw::ledger {

struct WriterOptions {
  std::filesystem::path folder;
  std::string database_uuid;
  std::int64_t epoch = 0;
  std::uint32_t loop = 0;
  std::uint64_t segment_bytes = std::uint64_t{64} << 20;
  Durability durability = Durability::normal;
};

class SegmentWriter final : public Writer {
 public:
  /// Makes the folder and the first segment. `list` and `signal` outlive the writer.
  /// @errors overloaded when there is no space or the disk fails; database: the folder cannot be had
  static Result<std::unique_ptr<SegmentWriter>> make(WriterOptions options, SegmentList& list, IngestSignal& signal);
  ~SegmentWriter() override;

  Status reserve() override;
  void release() override;
  Status append(const Open& record) override;
  Status settle(const Settled& record) override;
  GroupSync* group_sync() override { return group_sync_.get(); }
  std::int64_t open_count() const override { return outstanding_; }

 private:
  SegmentWriter(WriterOptions options, SegmentList& list, IngestSignal& signal)
      : options_(std::move(options)), list_(list), signal_(signal) {
    if (options_.durability == Durability::full) group_sync_ = std::make_unique<GroupSync>();
  }
  Status begin_segment();
  void end_segment();
  /// What the disk has given us of a segment.
  struct Space {
    std::uint64_t bytes = 0;
    bool owned = true;  ///< blocks of the file that nobody can take from it; else only free on the disk when we looked
  };
  /// Until it has `needed` bytes, of which the first `written` are records.
  Status grow(Segment& segment, Space& space, std::uint64_t written, std::uint64_t needed) const;
  Status write(std::string_view record);

  WriterOptions options_;
  SegmentList& list_;
  IngestSignal& signal_;
  SegmentPtr segment_;
  std::uint32_t next_number_ = 1;
  std::uint64_t offset_ = 0;  ///< where the next record goes
  Space space_;
  bool failed_ = false;  ///< a write did: the next record goes into a new segment, when there can be one
  FileWindow window_;
  std::int64_t outstanding_ = 0;           ///< reservations
  std::unique_ptr<GroupSync> group_sync_;  ///< durability full
  RecordBuffer buffer_;
};

}  // namespace aigw::ledger
