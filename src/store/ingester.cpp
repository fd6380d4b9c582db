#include "store/ingester.hpp"

#include "base/log.hpp"
#include "base/time.hpp"
#include "ledger/segment_writer.hpp"
#include "ledger/signal.hpp"
#include "store/door.hpp"
#include "store/journal_tail.hpp"
#include "store/row_writer.hpp"
#include "store/setting_repository.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <thread>
#include <utility>

namespace aigw::store {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLockedPause{25};       // between two tries for a locked database
constexpr milliseconds kFailedPause{1'000};    // after an error that will not go at once, a full disk
constexpr milliseconds kLockedSilence{1'000};  // a lock that is over by then is nobody's business
constexpr milliseconds kLockedRepeat{5'000};
constexpr milliseconds kErrorRepeat{60'000};
constexpr milliseconds kIdleBeforeTidy{3'000};
constexpr milliseconds kIdleSleep{3'600'000};
constexpr int kBusyMs = 20;                    // SQLite's own waiting: short, since somebody may want to stop us
constexpr int kCheckpointPages = 4'000;        // 16 MiB of WAL
constexpr std::uint64_t kFewBytes = 16 << 10;  // some dozen requests
constexpr std::size_t kArrivalsKept = 16'384;
constexpr std::int64_t kClockSlackMs = 60'000;  // ids run a little ahead under load
constexpr std::string_view kEpochSetting = "ledger_epoch";

enum class Step : std::uint8_t { done, locked };

bool is_locked(int code) { return (code & 0xFF) == SQLITE_BUSY || (code & 0xFF) == SQLITE_LOCKED; }

Error locked_error() {
  Error error = make_error(ErrorKind::overloaded, "another program keeps the database locked",
                           "End it, or try again; requests go on meanwhile and their rows are safe in the journal");
  error.retry = Retry::yes;
  return error;
}

std::int64_t size_of(const std::filesystem::path& file) {
  std::error_code code;
  const auto size = std::filesystem::file_size(file, code);
  return code ? 0 : static_cast<std::int64_t>(size);
}

/// What a caller waits for. Without a body: a flush.
struct Task {
  const std::function<Status(Database&)>* body = nullptr;  ///< the caller's, who waits
  bool bare = false;                                       ///< without a transaction around it
  Instant deadline;
  std::promise<Status> done;
};

}  // namespace

struct Ingester::Impl {
  Impl(IngesterOptions opts, files::FileLock held, Database opened)
      : options(std::move(opts)),
        lock(std::move(held)),
        db(std::move(opened)),
        rows(db.raw()),
        tail(db.raw(), options.ledger, db.uuid()) {
    db.raw().setBusyTimeout(kBusyMs);
    if (options.durability == ledger::Durability::full) db.raw().exec("PRAGMA synchronous = FULL");
    sqlite3_wal_hook(
        db.raw().getHandle(),
        [](void* self, sqlite3*, const char*, int pages) {
          static_cast<Impl*>(self)->wal_pages = pages;
          return SQLITE_OK;
        },
        this);
  }

  // --- transactions, on the thread that owns the connection
  Result<Step> begin();
  Result<Step> write_once(const std::function<Status(Database&)>& body, Status& answer);
  Status run_bare(const std::function<Status(Database&)>& body);
  Result<Step> ingest_once();
  Result<Step> settle_open_once(std::int64_t& settled);
  void rollback();
  void remember_arrivals();
  void say_checkpoint_failed();
  void tidy();
  bool tidy_due() const {
    return wal_pages >= kCheckpointPages + pages_stuck || (tail.has_finished() && pages_stuck == 0);
  }

  // --- the thread
  void loop();
  void rest();
  void gather();
  void take_tasks();
  bool wanted();
  Result<Step> progress();
  void after_trouble(const Result<Step>& step);
  void fail_waiting(const Error& error, bool only_late);
  void pause(milliseconds time);

  // --- without a thread
  Status inline_run(Task& task, std::future<Status>& answer);

  IngesterOptions options;
  files::FileLock lock;
  Database db;
  RowWriter rows;
  JournalTail tail;
  ledger::IngestSignal signal;
  int wal_pages = 0;
  int pages_stuck = 0;  ///< a reader kept us from checkpointing: wait for so many more
  std::int64_t epoch = 0;
  std::int64_t inserted_rows = 0;

  std::deque<Task*> pending;  ///< taken, not yet answered
  std::optional<Instant> trouble_since;
  Instant trouble_said{};

  std::mutex tasks_mutex;
  std::condition_variable tasks_came;
  std::deque<Task*> tasks;
  bool running = false;
  std::atomic<bool> stopping{false};
  std::mutex inline_mutex;
  std::thread thread;

  mutable std::mutex arrivals_mutex;
  std::deque<RequestId> arrivals;
  std::uint64_t arrivals_begin = 1;  ///< sequence number of arrivals.front()
};

// --- transactions

Result<Step> Ingester::Impl::begin() {
  const int code = db.raw().tryExec("BEGIN IMMEDIATE");
  if (code == SQLITE_OK) return Step::done;
  if (is_locked(code)) return Step::locked;
  return sqlite_error("begin to write", db.raw().getExtendedErrorCode(), db.raw().getErrorMsg());
}

void Ingester::Impl::rollback() {
  db.raw().tryExec("ROLLBACK");
  rows.rolled_back();
  tail.rolled_back();
}

Result<Step> Ingester::Impl::write_once(const std::function<Status(Database&)>& body, Status& answer) {
  AIGW_TRY_ASSIGN(const Step begun, begin());
  if (begun == Step::locked) return begun;
  answer = guarded("write", [&]() -> Status {
    AIGW_TRY(body(db));
    db.raw().exec("COMMIT");
    return {};
  });
  if (!answer) db.raw().tryExec("ROLLBACK");
  rows.forget_texts();
  return Step::done;
}

/// What cannot be within a transaction.
Status Ingester::Impl::run_bare(const std::function<Status(Database&)>& body) {
  return guarded("write", [&] { return body(db); });
}

Result<Step> Ingester::Impl::ingest_once() {
  AIGW_TRY_ASSIGN(const Step begun, begin());
  if (begun == Step::locked) return begun;
  const Status ingested = guarded("bring the journal into the database", [&]() -> Status {
    AIGW_TRY(tail.read_batch(rows));
    rows.finish();
    db.raw().exec("COMMIT");
    return {};
  });
  if (!ingested) {
    rollback();
    return ingested.error();
  }
  remember_arrivals();
  rows.committed();
  tail.committed();
  return Step::done;
}

Result<Step> Ingester::Impl::settle_open_once(std::int64_t& settled) {
  AIGW_TRY_ASSIGN(const Step begun, begin());
  if (begun == Step::locked) return begun;
  const Status done = guarded("settle what was open", [&]() -> Status {
    settled = rows.settle_open_as_unknown();
    rows.finish();
    db.raw().exec("COMMIT");
    return {};
  });
  if (!done) {
    rollback();
    return done.error();
  }
  rows.committed();
  return Step::done;
}

void Ingester::Impl::remember_arrivals() {
  inserted_rows += static_cast<std::int64_t>(rows.inserted().size());
  const std::lock_guard guard(arrivals_mutex);
  for (const RequestId id : rows.inserted()) arrivals.push_back(id);
  for (; arrivals.size() > kArrivalsKept; ++arrivals_begin) arrivals.pop_front();
}

/// Rows are safe in the -wal and in the journal, but both grow.
void Ingester::Impl::say_checkpoint_failed() {
  const Instant now = steady_now();
  if (now - trouble_said < kErrorRepeat) return;
  trouble_said = now;
  const Error error = sqlite_error("checkpoint", db.raw().getExtendedErrorCode(), db.raw().getErrorMsg());
  log::error("checkpoint_failed", {{"reason", error.text()}});
}

/// Checkpoints, and deletes the segments whose last commit is on the disk by that: SQLite syncs the WAL before it
/// copies.
void Ingester::Impl::tidy() {
  int pages = 0, copied = 0;
  const int code = sqlite3_wal_checkpoint_v2(db.raw().getHandle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, &pages, &copied);
  if (code != SQLITE_OK || pages != copied) {
    pages_stuck = wal_pages;
    if (code != SQLITE_OK && !is_locked(code)) say_checkpoint_failed();
    return;
  }
  wal_pages = 0;
  pages_stuck = 0;
  tail.remove_finished();
}

// --- the thread

void Ingester::Impl::take_tasks() {
  const std::lock_guard guard(tasks_mutex);
  pending.insert(pending.end(), tasks.begin(), tasks.end());
  tasks.clear();
}

bool Ingester::Impl::wanted() {
  tail.adopt_new();
  if (tail.unread() || stopping) return true;
  const std::lock_guard guard(tasks_mutex);
  return !tasks.empty();
}

void Ingester::Impl::rest() {
  const bool untidy = wal_pages > 0 || tail.has_finished();
  signal.wait_unless([this] { return wanted(); }, untidy ? kIdleBeforeTidy : kIdleSleep);
  if (untidy && !wanted()) tidy();
}

/// A transaction for what comes within some time costs a fraction of one for each row: the fewer, the longer they wait.
void Ingester::Impl::gather() {
  milliseconds waited{0};
  for (milliseconds time = options.batch; waited < options.batch_of_few; waited += std::exchange(time, time * 2)) {
    if (waited > milliseconds{0} && tail.lag_bytes() > kFewBytes) return;
    std::unique_lock guard(tasks_mutex);
    if (tasks_came.wait_for(guard, time, [this] { return !tasks.empty() || stopping; })) return;
  }
}

void Ingester::Impl::pause(milliseconds time) {
  std::unique_lock guard(tasks_mutex);
  tasks_came.wait_for(guard, time, [this] { return !tasks.empty(); });
}

/// Runs the pending writes, then ingests everything that is published by now, then answers the flushes. Writes go
/// first: a segment that cannot be read must not keep keys from being revoked.
Result<Step> Ingester::Impl::progress() {
  tail.adopt_new();
  tail.mark();
  for (auto at = pending.begin(); at != pending.end();) {
    Task& task = **at;
    if (task.body == nullptr) {
      ++at;
      continue;
    }
    Status answer;
    Result<Step> step = Step::done;
    if (task.bare)
      answer = run_bare(*task.body);
    else
      step = write_once(*task.body, answer);
    if (step && *step == Step::locked) return step;
    if (!step) answer = std::move(step).error();
    at = pending.erase(at);
    task.done.set_value(std::move(answer));
  }
  while (!tail.reached_mark()) {
    AIGW_TRY_ASSIGN(const Step step, ingest_once());
    if (step == Step::locked) return step;
  }
  for (Task* flush : std::exchange(pending, {})) flush->done.set_value({});
  return Step::done;
}

void Ingester::Impl::fail_waiting(const Error& error, bool only_late) {
  const Instant now = steady_now();
  std::erase_if(pending, [&](Task* task) {
    if (only_late && task->deadline > now) return false;
    task->done.set_value(error);
    return true;
  });
}

/// Nothing is lost: records wait in the journal, and who waits for an answer is told at the latest at its deadline.
void Ingester::Impl::after_trouble(const Result<Step>& step) {
  const Instant now = steady_now();
  if (!trouble_since) trouble_since = now;
  const bool locked = step.ok();
  fail_waiting(locked ? locked_error() : step.error(), locked);
  if (now - *trouble_since >= (locked ? kLockedSilence : milliseconds{0}) && now - trouble_said >= kErrorRepeat) {
    trouble_said = now;
    const Error error = locked ? locked_error() : step.error();
    log::warn("ledger_rows_wait", {{"reason", error.text()}, {"lag_bytes", tail.lag_bytes()}});
  }
  pause(locked ? kLockedPause : kFailedPause);
}

void Ingester::Impl::loop() {
  for (;;) {
    take_tasks();
    if (pending.empty() && !wanted()) {
      rest();
      continue;
    }
    if (stopping && pending.empty() && !tail.unread()) {
      // Under the mutex: who comes from now on runs inline.
      const std::lock_guard guard(tasks_mutex);
      if (!tasks.empty()) continue;
      running = false;
      return;
    }
    if (pending.empty() && !stopping) {
      gather();
      take_tasks();
    }
    const auto step = progress();
    if (step && *step == Step::done) {
      if (trouble_since && steady_now() - *trouble_since >= kLockedSilence)
        log::info("ledger_rows_arrive", {{"waited_ms", micros_between(*trouble_since, steady_now()) / 1000}});
      trouble_since.reset();
      if (tidy_due()) tidy();
      continue;
    }
    after_trouble(step);
    if (stopping && trouble_since && steady_now() - *trouble_since > options.write_wait) {
      log::warn("ledger_left_for_next_start", {{"lag_bytes", tail.lag_bytes()}});
      const std::lock_guard guard(tasks_mutex);
      pending.insert(pending.end(), tasks.begin(), tasks.end());
      tasks.clear();
      fail_waiting(locked_error(), false);
      running = false;
      return;
    }
  }
}

// --- without a thread

Status Ingester::Impl::inline_run(Task& task, std::future<Status>& answer) {
  const std::lock_guard guard(inline_mutex);
  pending.push_back(&task);
  for (;;) {
    const auto step = progress();
    if (!(step && *step == Step::done)) after_trouble(step);
    if (answer.wait_for(milliseconds{0}) == std::future_status::ready) return answer.get();
  }
}

// --- the face

Ingester::Ingester(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Ingester::~Ingester() { stop(); }

Result<std::unique_ptr<Ingester>> Ingester::open(IngesterOptions options, files::FileLock lock) {
  if (options.ledger.empty()) {
    options.ledger = options.db;
    options.ledger += ".ledger";
  }
  AIGW_TRY_ASSIGN(Database db, Database::open(options.db, Database::Mode::write));
  return guarded("open " + options.db.string(), [&]() -> Result<std::unique_ptr<Ingester>> {
    auto impl = std::make_unique<Impl>(std::move(options), std::move(lock), std::move(db));
    return std::unique_ptr<Ingester>(new Ingester(std::move(impl)));
  });
}

Result<Recovery> Ingester::recover() {
  Impl& impl = *impl_;
  AIGW_TRY(impl.tail.adopt_leftovers());
  Recovery found;
  const auto persist = [&](auto once) -> Status {
    const Instant begun = steady_now();
    for (Instant said{};;) {
      AIGW_TRY_ASSIGN(const Step step, once());
      if (step == Step::done) return {};
      if (steady_now() - begun > impl.options.recover_wait) return locked_error();
      if (steady_now() - said > kLockedRepeat) {
        log::warn("database_locked", {{"next", "waiting for the program that keeps it locked to end"}});
        said = steady_now();
      }
      impl.pause(kLockedPause);
    }
  };
  while (impl.tail.unread()) AIGW_TRY(persist([&] { return impl.ingest_once(); }));
  found.rows = impl.inserted_rows;
  if (impl.rows.has_open()) AIGW_TRY(persist([&] { return impl.settle_open_once(found.unknown_rows); }));
  const ledger::Damage damage = impl.tail.damage();
  found.damaged_records = damage.records;
  found.damaged_bytes = damage.bytes;
  return guarded("find the last request", [&]() -> Result<Recovery> {
    found.max_request_id = {std::max(impl.rows.max_id().value,
                                     impl.db.raw().execAndGet("SELECT coalesce(max(id), 0) FROM requests").getInt64())};
    if (found.max_request_id.at().value > wall_now().value + kClockSlackMs)
      log::warn("clock_behind_ledger",
                {{"last_request", to_iso8601(found.max_request_id.at())},
                 {"next", "set the clock right; until it has caught up, new rows are dated from there on"}});
    return found;
  });
}

Status Ingester::set_lock_note(std::string_view note) { return impl_->lock.set_note(note); }

Result<std::unique_ptr<ledger::Writer>> Ingester::open_writer(unsigned loop) {
  Impl& impl = *impl_;
  if (impl.epoch == 0) {
    std::int64_t epoch = 0;
    AIGW_TRY(run([&](Database& db) -> Status {
      SettingRepository settings(db);
      AIGW_TRY_ASSIGN(const std::int64_t stored, settings.get_number(kEpochSetting));
      epoch = std::max(stored, impl.tail.epoch_max()) + 1;
      return settings.set(kEpochSetting, std::to_string(epoch));
    }));
    impl.epoch = epoch;
  }
  ledger::WriterOptions options;
  options.folder = impl.options.ledger;
  options.database_uuid = impl.db.uuid();
  options.epoch = impl.epoch;
  options.loop = loop;
  options.segment_bytes = impl.options.segment_bytes;
  options.durability = impl.options.durability;
  AIGW_TRY_ASSIGN(auto writer, ledger::SegmentWriter::make(std::move(options), impl.tail.list(), impl.signal));
  return std::unique_ptr<ledger::Writer>(std::move(writer));
}

void Ingester::start() {
  {
    const std::lock_guard guard(impl_->tasks_mutex);
    if (impl_->running) return;
    impl_->running = true;
  }
  impl_->stopping = false;
  impl_->thread = std::thread([this] { impl_->loop(); });
}

void Ingester::stop() {
  Impl& impl = *impl_;
  if (impl.thread.joinable()) {
    impl.stopping = true;
    impl.signal.notify();
    impl.tasks_came.notify_all();
    impl.thread.join();
  }
  const std::lock_guard guard(impl.inline_mutex);
  impl.tail.adopt_new();
  while (impl.tail.unread())
    if (const auto step = impl.ingest_once(); !step || *step == Step::locked) break;
  if (impl.wal_pages > 0 || impl.tail.has_finished()) impl.tidy();
}

Status Ingester::run(const std::function<Status(Database&)>& body, Within within) {
  Impl& impl = *impl_;
  Task task;
  task.body = body ? &body : nullptr;
  task.bare = within == Within::nothing;
  task.deadline = steady_now() + impl.options.write_wait;
  auto answer = task.done.get_future();
  {
    std::unique_lock guard(impl.tasks_mutex);
    if (!impl.running) {
      guard.unlock();
      return impl.inline_run(task, answer);
    }
    impl.tasks.push_back(&task);
  }
  impl.tasks_came.notify_all();
  impl.signal.notify();
  return answer.get();
}

Status Ingester::flush() { return run({}); }

Result<Compaction> Ingester::compact() {
  Compaction sizes;
  AIGW_TRY(run(
      [&](Database& db) -> Status {
        const std::filesystem::path wal = db.file().string() + "-wal";
        const auto bytes = [&] { return size_of(db.file()) + size_of(wal); };
        sizes.bytes_before = bytes();
        db.raw().exec("VACUUM");
        // Only now the file shrinks; a reader that is in its way is waited for in `tidy`.
        int pages = 0, copied = 0;
        sqlite3_wal_checkpoint_v2(db.raw().getHandle(), nullptr, SQLITE_CHECKPOINT_TRUNCATE, &pages, &copied);
        sizes.bytes_after = bytes();
        return {};
      },
      Within::nothing));
  return sizes;
}

Result<Database> Ingester::open_reader() const { return Database::open(impl_->options.db, Database::Mode::read_only); }

Arrivals Ingester::arrivals_after(std::uint64_t cursor, std::size_t limit) const {
  const std::lock_guard guard(impl_->arrivals_mutex);
  Arrivals out;
  const std::uint64_t end = impl_->arrivals_begin + impl_->arrivals.size();
  if (cursor == 0) {
    out.next = end;
    return out;
  }
  out.missed = cursor < impl_->arrivals_begin;
  std::uint64_t at = std::max(cursor, impl_->arrivals_begin);
  for (; at < end && out.ids.size() < limit; ++at)
    out.ids.push_back(impl_->arrivals[static_cast<std::size_t>(at - impl_->arrivals_begin)]);
  out.next = at;
  return out;
}

std::uint64_t Ingester::lag_bytes() const { return impl_->tail.lag_bytes(); }

}  // namespace aigw::store
