#include "ledger/segment_writer.hpp"

#include "base/crypto.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace aigw::ledger {
namespace {

constexpr std::uint64_t kStepMin = std::uint64_t{1} << 20;  // an idle gateway takes no more
constexpr std::uint64_t kStepMax = std::uint64_t{2} << 20;  // a process that is killed leaves as much unused at most
/// Where space cannot be promised, this much must be left over for others.
constexpr std::uint64_t kUnpromisedMargin = std::uint64_t{16} << 20;

Error cannot_sync(const std::filesystem::path& path) {
  return make_error(ErrorKind::overloaded, path.string() + " could not be synced, so nothing more is promised",
                    "Check the disk, then restart aigw");
}

bool is_shortage(int code) { return code == ENOSPC || code == EDQUOT || code == EFBIG; }

/// What keeps the journal from being written refuses requests, and may pass.
Error refused(std::string_view what, const std::filesystem::path& path, int code) {
  Error error = files::system_error(what, path, code);
  error.kind = ErrorKind::overloaded;
  error.retry = Retry::yes;
  if (is_shortage(code))
    error.next = "Free some space on the disk that holds " + path.parent_path().string() +
                 ", or raise the limit; requests are taken again by themselves";
  return error;
}

/// 0, or why not. Blocks that hold something can be synced alone: the first write into a new one changes the file's
/// metadata too, a commit of the file system's journal at each sync.
int fill_with_zeros(int fd, std::uint64_t begin, std::uint64_t end) {
  // A block at a time: the kernel would keep a longer write in one piece, and write all of it again at each sync.
  static constexpr std::array<char, 4096> kZeros{};
  while (begin < end) {
    const std::uint64_t bytes = std::min(end - begin, kZeros.size() - begin % kZeros.size());
    const ssize_t wrote = ::pwrite(fd, kZeros.data(), bytes, static_cast<off_t>(begin));
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return wrote == 0 ? ENOSPC : errno;
    begin += static_cast<std::uint64_t>(wrote);
  }
  return 0;
}

Status write_at(const Segment& segment, std::string_view bytes, std::uint64_t offset) {
  while (!bytes.empty()) {
    const ssize_t wrote = ::pwrite(segment.file.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return refused("append to", segment.path, wrote == 0 ? ENOSPC : errno);
    bytes.remove_prefix(static_cast<std::size_t>(wrote));
    offset += static_cast<std::uint64_t>(wrote);
  }
  return {};
}

/// 0, or why the file cannot have `size` bytes from `offset` on. It reaches behind them when they are `owned`.
int promise(int fd, std::uint64_t offset, std::uint64_t size, bool& owned) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY && offset + size > limit.rlim_cur)
    return EFBIG;
  int code = EOPNOTSUPP;
#ifdef __linux__
  do code = ::fallocate(fd, 0, static_cast<off_t>(offset), static_cast<off_t>(size)) == 0 ? 0 : errno;
  while (code == EINTR);
#endif
  if (code != EOPNOTSUPP && code != ENOSYS) return code;
  owned = false;
  struct statvfs facts {};
  if (::fstatvfs(fd, &facts) != 0) return errno;
  return static_cast<std::uint64_t>(facts.f_bavail) * facts.f_frsize < size + kUnpromisedMargin ? ENOSPC : 0;
}

}  // namespace

Result<std::unique_ptr<SegmentWriter>> SegmentWriter::make(WriterOptions options, SegmentList& list,
                                                           IngestSignal& signal) {
  AIGW_TRY(files::make_private_dir(options.folder));
  std::unique_ptr<SegmentWriter> writer(new SegmentWriter(std::move(options), list, signal));
  AIGW_TRY(writer->begin_segment());
  return writer;
}

SegmentWriter::~SegmentWriter() {
  if (!segment_) return;
  end_segment();
  signal_.notify();
}

/// Gives back what was never used.
void SegmentWriter::end_segment() {
  window_.close();
  // Where that fails, zeros stay behind the last record: readers know them.
  [[maybe_unused]] const int cut = ::ftruncate(segment_->file.get(), static_cast<off_t>(offset_));
  segment_->closed.store(true, std::memory_order_release);
}

/// The old segment stays the writer's until the new one can hold everything that was promised.
Status SegmentWriter::begin_segment() {
  auto next = std::make_shared<Segment>();
  next->id = {options_.epoch, options_.loop, next_number_};
  next->path = options_.folder / file_name_of(next->id);
  std::array<unsigned char, sizeof next->salt> random;
  crypto::random_bytes(random);
  std::copy(random.begin(), random.end(), reinterpret_cast<unsigned char*>(&next->salt));
  next->file =
      files::Handle(::open(next->path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR));
  if (!next->file) return refused("make", next->path, errno);

  const std::string header = encode(SegmentHeader{kFormatVersion, next->salt, options_.database_uuid, next->id});
  const std::string_view boot = encode(Boot{wall_now(), ::getpid()}, next->salt, buffer_);
  Space space;
  const std::uint64_t used = header.size() + boot.size();
  const auto prepare = [&]() -> Status {
    AIGW_TRY(grow(*next, space, 0, used + static_cast<std::uint64_t>(outstanding_ + 1) * kReservationBytes));
    AIGW_TRY(write_at(*next, header, 0));
    AIGW_TRY(write_at(*next, boot, header.size()));
    if (!group_sync_) return {};
    // Later marks speak for the new segment alone.
    if (segment_ && !group_sync_->sync(*segment_)) return cannot_sync(segment_->path);
    if (::fsync(next->file.get()) != 0) return refused("sync", next->path, errno);
    return files::sync_dir(options_.folder);
  };
  if (Status prepared = prepare(); !prepared) {
    ::unlink(next->path.c_str());
    return prepared;
  }
  next->first_record = used;
  next->published.store(used, std::memory_order_release);
  list_.add(next);
  if (segment_) end_segment();
  segment_ = std::move(next);
  offset_ = used;
  space_ = space;
  failed_ = false;
  ++next_number_;
  return {};
}

Status SegmentWriter::grow(Segment& segment, Space& space, std::uint64_t written, std::uint64_t needed) const {
  if (needed <= space.bytes) return {};
  const std::uint64_t step = std::clamp(space.bytes / 2, kStepMin, kStepMax);
  int code = 0;
  // On a disk that is nearly full, the little that is needed may still be there.
  for (const std::uint64_t target : {std::max(needed, space.bytes + step), needed}) {
    code = promise(segment.file.get(), space.bytes, target - space.bytes, space.owned);
    if (code == 0 && group_sync_) code = fill_with_zeros(segment.file.get(), std::max(space.bytes, written), target);
    if (code == 0) {
      space.bytes = target;
      return {};
    }
  }
  return refused("promise space in", segment.path, code);
}

Status SegmentWriter::reserve() {
  if (group_sync_ && group_sync_->failed()) return cannot_sync(segment_->path);
  if (offset_ >= options_.segment_bytes || failed_) AIGW_TRY(begin_segment());
  AIGW_TRY(
      grow(*segment_, space_, offset_, offset_ + static_cast<std::uint64_t>(outstanding_ + 1) * kReservationBytes));
  ++outstanding_;
  return {};
}

void SegmentWriter::release() {
  if (outstanding_ > 0) --outstanding_;
}

Status SegmentWriter::write(std::string_view record) {
  const bool promised = space_.owned && offset_ + record.size() <= space_.bytes;
  if (!promised || !window_.write(segment_->file.get(), record, offset_)) {
    Status written = write_at(*segment_, record, offset_);
    failed_ = !written;
    if (failed_) return written;
  }
  offset_ += record.size();
  segment_->published.store(offset_, std::memory_order_release);
  return {};
}

Status SegmentWriter::append(const Open& record) {
  AIGW_TRY(write(encode(record, segment_->salt, buffer_)));
  if (group_sync_) group_sync_->want(segment_);
  return {};
}

Status SegmentWriter::settle(const Settled& record) {
  release();
  Status written = write(encode(record, segment_->salt, buffer_));
  if (written && group_sync_) group_sync_->want(segment_);
  signal_.notify();
  return written;
}

}  // namespace aigw::ledger
