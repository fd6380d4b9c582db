#pragma once
// Owns the one write connection: brings the journal into the tables exactly once, runs the admin writes, and alone
// checkpoints. With `start` it does so on a thread of its own (serve); without, inline in the caller's (command line).

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/request_id.hpp"
#include "ledger/journal.hpp"
#include "store/database.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <type_traits>
#include <vector>

namespace aigw::store {

struct IngesterOptions {
  std::filesystem::path db;
  std::filesystem::path ledger;  ///< folder of the segments; empty: `<db>.ledger`
  ledger::Durability durability = ledger::Durability::normal;
  std::chrono::milliseconds batch{50};                    ///< how long rows may gather, unless somebody asks for them
  std::chrono::milliseconds batch_of_few{3'000};          ///< the same for few: begin and end of a stream come in one
  std::chrono::milliseconds write_wait{10'000};           ///< how long `write` and `flush` wait for a locked database
  std::chrono::milliseconds recover_wait{60'000};         ///< the same for `recover`, which nothing can go on without
  std::uint64_t segment_bytes = std::uint64_t{64} << 20;  ///< a writer goes on to its next segment beyond that
};

/// What starting found. Damage is logged as well.
struct Recovery {
  RequestId max_request_id;          ///< the floor for new ids
  std::int64_t rows = 0;             ///< ingested from segments that were left over
  std::int64_t unknown_rows = 0;     ///< were open when their process died
  std::int64_t damaged_records = 0;  ///< could not be read and were skipped
  std::int64_t damaged_bytes = 0;
};

/// Rows in the order in which they arrived, for followers: a long request settles after younger ones.
struct Arrivals {
  std::uint64_t next = 0;  ///< ask with this the next time
  std::vector<RequestId> ids;
  bool missed = false;  ///< the follower was too slow: older arrivals are forgotten
};

/// Bytes of the file and its -wal.
struct Compaction {
  std::int64_t bytes_before = 0;
  std::int64_t bytes_after = 0;
};

class Ingester {
 public:
  /// Takes the lock over: it is held until the Ingester goes.
  static Result<std::unique_ptr<Ingester>> open(IngesterOptions options, files::FileLock lock);
  ~Ingester();  ///< stops
  Ingester(const Ingester&) = delete;
  Ingester& operator=(const Ingester&) = delete;

  /// Ingests all segments that older processes left; then every row still open becomes `unknown`. Before anything else.
  Result<Recovery> recover();
  /// A new segment file for this loop (0 to 63). After `recover`. The writer must go before the Ingester does.
  Result<std::unique_ptr<ledger::Writer>> open_writer(unsigned loop);
  /// Begins the thread. After `recover`.
  void start();
  /// Ingests what is published, checkpoints, deletes what is done with, ends the thread. Twice is harmless.
  void stop();

  /// Tells those who find the lock held who holds it, when that is only known later.
  Status set_lock_note(std::string_view note);

  /// Everything published before the call is in the tables and committed when it returns. Any thread.
  /// @errors overloaded when another program keeps the database locked (the rows are safe in the journal)
  Status flush();

  /// Runs `body(Database&) -> Result<T>` in a transaction on the write connection and waits: committed when it returns
  /// a value, rolled back when it returns an error. Any thread but the ingester's own; never from within `body`.
  /// @errors what `body` returns; overloaded when another program keeps the database locked
  template <class Body>
  auto write(Body body) -> std::invoke_result_t<Body&, Database&> {
    using Answer = std::invoke_result_t<Body&, Database&>;
    std::optional<Answer> answer;
    const Status status = run([&](Database& db) -> Status {
      answer.emplace(body(db));
      if (!answer->ok()) return answer->error();
      return {};
    });
    if (!status) return status.error();
    return *std::move(answer);
  }

  /// Writes the database anew without its free pages, and gives the space back. Meanwhile rows gather in the journal
  /// and writes wait: some seconds a million rows. Any thread but the ingester's own.
  /// @errors overloaded when the disk has no room for a second copy, or another program keeps the database locked
  Result<Compaction> compact();

  /// A new read-only connection. Any thread.
  Result<Database> open_reader() const;

  /// What arrived after `cursor` (0: from now on, no ids), at most `limit`. Flushes nothing. Any thread.
  Arrivals arrivals_after(std::uint64_t cursor, std::size_t limit) const;

  /// How far the tables are behind the journal. Any thread.
  std::uint64_t lag_bytes() const;

 private:
  struct Impl;
  explicit Ingester(std::unique_ptr<Impl> impl);
  enum class Within : std::uint8_t { transaction, nothing };
  Status run(const std::function<Status(Database&)>& body, Within within = Within::transaction);
  std::unique_ptr<Impl> impl_;
};

}  // namespace aigw::store
