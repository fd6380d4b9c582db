#pragma once
// The ledger's files: one segment file a loop, one writer each, appended at the writer's own offset and
// published to the ingester by an atomic. Knows no SQLite. Format: docs/journal.md.

#include "base/error.hpp"
#include "ledger/record.hpp"

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

namespace aigw::ledger {

class GroupSync;

/// What a record that was appended survives: `normal` kill -9, `full` a loss of power too.
enum class Durability : std::uint8_t { normal, full };

/// The appending end of one loop. Used by that loop's thread alone, but for `published`.
class Writer {
 public:
  virtual ~Writer() = default;

  /// Promises space for one more `open` and its `settled`, so that a disk that fills up refuses new requests and lets
  /// running ones end. Every reservation ends in exactly one `settle` or `release`.
  /// @errors overloaded when there is no space ("free some space on ...") or the disk fails ("check ...")
  virtual Status reserve() = 0;
  virtual void release() = 0;

  /// Well under 1 us: encode, crc32c, a copy into the file's pages, publish.
  /// @errors overloaded when the disk failed in spite of the reservation
  virtual Status append(const Open& record) = 0;
  virtual Status settle(const Settled& record) = 0;

  /// Durability "full": a record counts once its mark there is synced. Null: it counts once it is appended.
  virtual GroupSync* group_sync() { return nullptr; }

  /// Rows not yet settled through this writer.
  virtual std::int64_t open_count() const = 0;
};

}  // namespace aigw::ledger
