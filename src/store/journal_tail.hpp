#pragma once
// How far each segment is ingested, and what comes next. Positions live in the transaction that writes the rows, so
// each record counts once. On the ingester's thread, but for `lag_bytes`.

#include "base/error.hpp"
#include "ledger/segment.hpp"
#include "ledger/segment_reader.hpp"
#include "store/door.hpp"
#include "store/row_writer.hpp"

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace aigw::store {

class JournalTail {
 public:
  JournalTail(SQLite::Database& db, std::filesystem::path folder, std::string database_uuid)
      : db_(db),
        folder_(std::move(folder)),
        database_uuid_(std::move(database_uuid)),
        put_position_(db, kPutPosition) {}

  ledger::SegmentList& list() { return list_; }

  /// What older processes left. Segments of another database stay where they are; one without a header is set aside.
  Status adopt_leftovers();
  /// Segments that writers began meanwhile.
  void adopt_new();
  /// The largest epoch that any segment in the folder has.
  std::int64_t epoch_max() const { return epoch_max_; }

  bool unread() const;
  /// Remembers how far writers are now; `reached_mark` says when that is committed.
  void mark();
  bool reached_mark() const;

  /// Gives the next records to `rows`, as many as one transaction should have, and writes the positions.
  /// Throws as SQLite does. @errors database when a segment cannot be read
  Status read_batch(RowWriter& rows);
  void committed();
  void rolled_back();

  bool has_finished() const;
  /// Deletes the files of segments that are closed and ingested. Only when their commit is on the disk.
  void remove_finished();

  ledger::Damage damage() const;
  std::uint64_t lag_bytes() const;

 private:
  static constexpr const char* kPutPosition =
      "INSERT OR REPLACE INTO segments(epoch, loop, number, position) VALUES(?, ?, ?, ?)";
  struct Tracked {
    explicit Tracked(ledger::SegmentPtr from, std::uint64_t position)
        : segment(std::move(from)), reader(segment, position), committed(position) {}
    ledger::SegmentPtr segment;
    ledger::SegmentReader reader;
    std::atomic<std::uint64_t> committed;
    ledger::Damage damage;  ///< as committed
    std::uint64_t mark = 0;
    bool finished() const;
  };
  Status adopt_left(const std::filesystem::path& path);
  Status set_aside(const std::filesystem::path& path);
  Result<std::uint64_t> position_of(const ledger::SegmentId& id);
  Status read_segment(Tracked& tracked, RowWriter& rows, std::size_t& room);
  void track(std::unique_ptr<Tracked> tracked);

  SQLite::Database& db_;
  std::filesystem::path folder_;
  std::string database_uuid_;
  SQLite::Statement put_position_;
  ledger::SegmentList list_;
  std::int64_t epoch_max_ = 0;
  mutable std::mutex tracked_mutex_;  ///< for the vector itself
  std::vector<std::unique_ptr<Tracked>> tracked_;
  std::vector<ledger::Attempt> attempts_;
  ledger::Damage damage_gone_;  ///< of segments that are no longer tracked
};

}  // namespace aigw::store
