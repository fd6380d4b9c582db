#include "store/journal_tail.hpp"

#include "base/log.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace aigw::store {
namespace {

constexpr std::size_t kRecordsABatch =
    4'096;  // beyond that a row gets no cheaper; this is 1 MiB of rows in memory, and some 10 ms

constexpr std::string_view kDamageAdvice =
    "to be expected after a loss of power unless ledger.durability is \"full\", else check the disk";

void add_to(ledger::Damage& sum, const ledger::Damage& value) {
  sum.records += value.records;
  sum.bytes += value.bytes;
  sum.torn_bytes += value.torn_bytes;
}

}  // namespace

bool JournalTail::Tracked::finished() const {
  // `closed` first: it is set after the last `published`.
  return segment->closed.load(std::memory_order_acquire) &&
         committed.load() >= segment->published.load(std::memory_order_acquire);
}

void JournalTail::track(std::unique_ptr<Tracked> tracked) {
  epoch_max_ = std::max(epoch_max_, tracked->segment->id.epoch);
  const std::lock_guard lock(tracked_mutex_);
  tracked_.push_back(std::move(tracked));
}

Result<std::uint64_t> JournalTail::position_of(const ledger::SegmentId& id) {
  return guarded("read how far the journal is ingested", [&]() -> Result<std::uint64_t> {
    SQLite::Statement row(db_, "SELECT position FROM segments WHERE epoch = ? AND loop = ? AND number = ?");
    row.bind(1, id.epoch);
    row.bind(2, id.loop);
    row.bind(3, id.number);
    return row.executeStep() ? static_cast<std::uint64_t>(int_of(row, 0)) : ledger::kSegmentHeaderBytes;
  });
}

Status JournalTail::adopt_leftovers() {
  AIGW_TRY_ASSIGN(const auto found, ledger::list_segments(folder_));
  for (const auto& [id, path] : found) {
    epoch_max_ = std::max(epoch_max_, id.epoch);
    AIGW_TRY(adopt_left(path));
  }
  return {};
}

Status JournalTail::adopt_left(const std::filesystem::path& path) {
  AIGW_TRY_ASSIGN(auto left, ledger::open_left_segment(path));
  if (!left) return set_aside(path);
  if (left->database_uuid != database_uuid_) {
    log::warn("ledger_segment_of_another_database",
              {{"file", path.string()}, {"next", "it is left alone; move it back to its database, or delete it"}});
    return {};
  }
  AIGW_TRY_ASSIGN(const std::uint64_t position, position_of(left->segment->id));
  track(std::make_unique<Tracked>(std::move(left->segment), position));
  return {};
}

/// Without its header the salt is gone that the sums begin with: nothing in it can be trusted any more.
Status JournalTail::set_aside(const std::filesystem::path& path) {
  AIGW_TRY_ASSIGN(const bool blank, ledger::is_blank_segment(path));
  if (blank) {
    ::unlink(path.c_str());
    return {};
  }
  std::error_code code;
  const auto size = std::filesystem::file_size(path, code);
  std::filesystem::path aside = path;
  aside += ".damaged";
  if (::rename(path.c_str(), aside.c_str()) != 0) return files::system_error("set aside", path, errno);
  add_to(damage_gone_, {1, static_cast<std::int64_t>(size), 0});
  log::error("ledger_segment_damaged", {{"file", aside.string()},
                                        {"bytes", size},
                                        {"next", std::string("its header is unreadable: ").append(kDamageAdvice)}});
  return {};
}

void JournalTail::adopt_new() {
  for (auto& segment : list_.take()) {
    const std::uint64_t first = segment->first_record;
    track(std::make_unique<Tracked>(std::move(segment), first));
  }
}

bool JournalTail::unread() const {
  return std::any_of(tracked_.begin(), tracked_.end(), [](const auto& tracked) {
    return tracked->segment->published.load(std::memory_order_acquire) >
           tracked->committed.load(std::memory_order_relaxed);
  });
}

void JournalTail::mark() {
  for (const auto& tracked : tracked_) tracked->mark = tracked->segment->published.load(std::memory_order_acquire);
}

bool JournalTail::reached_mark() const {
  return std::all_of(tracked_.begin(), tracked_.end(),
                     [](const auto& tracked) { return tracked->committed.load() >= tracked->mark; });
}

Status JournalTail::read_batch(RowWriter& rows) {
  std::size_t room = kRecordsABatch;
  for (const auto& tracked : tracked_) {
    if (room == 0) break;
    AIGW_TRY(read_segment(*tracked, rows, room));
  }
  return {};
}

Status JournalTail::read_segment(Tracked& tracked, RowWriter& rows, std::size_t& room) {
  using ledger::Kind;
  ledger::SegmentReader& reader = tracked.reader;
  const std::uint64_t end = tracked.segment->published.load(std::memory_order_acquire);
  for (; room > 0; --room) {
    AIGW_TRY_ASSIGN(const auto record, reader.next(end));
    if (!record) break;
    if (record->kind == Kind::open) {
      if (const auto open = ledger::decode_open(record->body)) {
        rows.add(*open);
      } else {
        reader.count_damaged(record->bytes);
      }
    } else if (record->kind == Kind::settled) {
      if (const auto settled = ledger::decode_settled(record->body, attempts_)) {
        rows.add(*settled);
      } else {
        reader.count_damaged(record->bytes);
      }
    }
  }
  if (reader.position() == tracked.committed.load()) return {};
  const ledger::SegmentId& id = tracked.segment->id;
  put_position_.reset();
  put_position_.bind(1, id.epoch);
  put_position_.bind(2, id.loop);
  put_position_.bind(3, id.number);
  put_position_.bind(4, static_cast<std::int64_t>(reader.position()));
  put_position_.exec();
  return {};
}

void JournalTail::committed() {
  for (const auto& tracked : tracked_) {
    const ledger::Damage& now = tracked->reader.damage();
    if (now.records > tracked->damage.records)
      log::error("ledger_records_damaged", {{"file", tracked->segment->path.string()},
                                            {"records", now.records - tracked->damage.records},
                                            {"bytes", now.bytes - tracked->damage.bytes},
                                            {"next", std::string("they were skipped: ").append(kDamageAdvice)}});
    if (now.torn_bytes > tracked->damage.torn_bytes)
      log::info("ledger_tail_torn",
                {{"file", tracked->segment->path.string()}, {"bytes", now.torn_bytes - tracked->damage.torn_bytes}});
    tracked->damage = now;
    tracked->committed.store(tracked->reader.position());
  }
}

void JournalTail::rolled_back() {
  for (const auto& tracked : tracked_) tracked->reader.rewind(tracked->committed.load(), tracked->damage);
}

bool JournalTail::has_finished() const {
  return std::any_of(tracked_.begin(), tracked_.end(), [](const auto& tracked) { return tracked->finished(); });
}

void JournalTail::remove_finished() {
  const std::lock_guard lock(tracked_mutex_);
  std::erase_if(tracked_, [this](const auto& tracked) {
    if (!tracked->finished()) return false;
    // Its position stays in the table: should the file come back after a loss of power, nothing counts twice.
    if (::unlink(tracked->segment->path.c_str()) != 0 && errno != ENOENT)
      log::warn("ledger_segment_not_deleted",
                {{"file", tracked->segment->path.string()}, {"reason", std::generic_category().message(errno)}});
    add_to(damage_gone_, tracked->damage);
    return true;
  });
}

ledger::Damage JournalTail::damage() const {
  ledger::Damage sum = damage_gone_;
  for (const auto& tracked : tracked_) add_to(sum, tracked->damage);
  return sum;
}

std::uint64_t JournalTail::lag_bytes() const {
  const std::lock_guard lock(tracked_mutex_);
  std::uint64_t lag = 0;
  for (const auto& tracked : tracked_) {
    const std::uint64_t committed = tracked->committed.load();
    const std::uint64_t published = tracked->segment->published.load(std::memory_order_acquire);
    lag += published > committed ? published - committed : 0;
  }
  return lag;
}

}  // namespace aigw::store
