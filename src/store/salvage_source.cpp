#include "store/salvage_source.hpp"

#include "base/files.hpp"
#include "store/door.hpp"
#include "store/migrations.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <optional>
#include <span>
#include <system_error>
#include <vector>

namespace aigw::store {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kMagic{"SQLite format 3\0", 16};
constexpr std::size_t kHeaderBytes = 100;
constexpr std::uint32_t kUsualPageBytes = 4096;
constexpr std::size_t kWalHeaderBytes = 32;
constexpr std::size_t kFrameHeaderBytes = 24;
constexpr std::uint32_t kWalMagic = 0x377F0682;  // the lowest bit: sums are of big-endian words

std::uint32_t big32(const unsigned char* at) {
  return std::uint32_t{at[0]} << 24 | std::uint32_t{at[1]} << 16 | std::uint32_t{at[2]} << 8 | at[3];
}
void put_big32(unsigned char* at, std::uint32_t value) {
  for (int i = 3; i >= 0; --i, value >>= 8) at[i] = static_cast<unsigned char>(value);
}
bool is_page_size(std::uint32_t bytes) { return bytes >= 512 && bytes <= 65536 && (bytes & (bytes - 1)) == 0; }

/// A file that is read and written at places.
class Pages {
 public:
  static Result<Pages> open(const fs::path& path, int flags) {
    files::Handle handle(::open(path.c_str(), flags | O_CLOEXEC, S_IRUSR | S_IWUSR));
    if (!handle) return files::system_error("open", path, errno);
    return Pages(std::move(handle), path);
  }
  std::size_t read(std::uint64_t at, std::span<unsigned char> into) const {
    const ssize_t got = ::pread(handle_.get(), into.data(), into.size(), static_cast<off_t>(at));
    return got < 0 ? 0 : static_cast<std::size_t>(got);
  }
  Status write(std::uint64_t at, std::span<const unsigned char> bytes) const {
    while (!bytes.empty()) {
      const ssize_t wrote = ::pwrite(handle_.get(), bytes.data(), bytes.size(), static_cast<off_t>(at));
      if (wrote < 0 && errno == EINTR) continue;
      if (wrote <= 0) return files::system_error("write", path_, wrote < 0 ? errno : EIO);
      at += static_cast<std::uint64_t>(wrote);
      bytes = bytes.subspan(static_cast<std::size_t>(wrote));
    }
    return {};
  }
  std::uint64_t bytes() const {
    struct stat facts {};
    return ::fstat(handle_.get(), &facts) == 0 ? static_cast<std::uint64_t>(facts.st_size) : 0;
  }

 private:
  Pages(files::Handle handle, fs::path path) : handle_(std::move(handle)), path_(std::move(path)) {}
  files::Handle handle_;
  fs::path path_;
};

/// The running sum of a -wal.
class WalSum {
 public:
  explicit WalSum(bool big_endian) : big_endian_(big_endian) {}
  void add(std::span<const unsigned char> bytes) {
    for (std::size_t at = 0; at + 8 <= bytes.size(); at += 8) {
      first_ += word(&bytes[at]) + second_;
      second_ += word(&bytes[at + 4]) + first_;
    }
  }
  bool is(const unsigned char* stored) const { return big32(stored) == first_ && big32(stored + 4) == second_; }

 private:
  std::uint32_t word(const unsigned char* at) const {
    const std::uint32_t big = big32(at);
    return big_endian_ ? big : __builtin_bswap32(big);
  }
  bool big_endian_;
  std::uint32_t first_ = 0, second_ = 0;
};

Status copy_private(const fs::path& from, const fs::path& to) {
  AIGW_TRY_ASSIGN(const Pages source, Pages::open(from, O_RDONLY));
  AIGW_TRY_ASSIGN(const Pages copy, Pages::open(to, O_RDWR | O_CREAT | O_EXCL));
  std::vector<unsigned char> buffer(std::size_t{1} << 20);
  const std::uint64_t end = source.bytes();
  for (std::uint64_t at = 0; at < end;) {
    const std::size_t want = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), end - at));
    std::size_t got = source.read(at, std::span(buffer).first(want));
    if (got == 0) {  // the disk does not give it: zeros, and go on behind it
      got = static_cast<std::size_t>(std::min<std::uint64_t>(kUsualPageBytes - at % kUsualPageBytes, want));
      std::fill_n(buffer.begin(), got, static_cast<unsigned char>(0));
    }
    AIGW_TRY(copy.write(at, std::span(buffer).first(got)));
    at += got;
  }
  return {};
}

/// SQLite is to read every page that is there, and nothing but this file.
Status mend_header(const fs::path& file) {
  AIGW_TRY_ASSIGN(const Pages pages, Pages::open(file, O_RDWR));
  std::array<unsigned char, kHeaderBytes> header{};
  pages.read(0, header);
  std::uint32_t page_bytes = std::uint32_t{header[16]} << 8 | header[17];
  if (page_bytes == 1) page_bytes = 65536;
  const bool whole = std::equal(kMagic.begin(), kMagic.end(), header.begin(),
                                [](char a, unsigned char b) { return static_cast<unsigned char>(a) == b; }) &&
                     is_page_size(page_bytes);
  if (!whole) {
    header.fill(0);
    page_bytes = kUsualPageBytes;
    std::copy(kMagic.begin(), kMagic.end(), header.begin());
    header[16] = static_cast<unsigned char>(page_bytes >> 8);
    header[21] = 64, header[22] = 32, header[23] = 32;  // fixed by the format
    put_big32(&header[44], 4);                          // schema format
    put_big32(&header[56], 1);                          // UTF-8
    put_big32(&header[68], static_cast<std::uint32_t>(kApplicationId));
  }
  header[18] = header[19] = 1;  // no -wal belongs to it any more
  put_big32(&header[28], static_cast<std::uint32_t>((pages.bytes() + page_bytes - 1) / page_bytes));
  put_big32(&header[32], 0);  // the list of free pages is not needed to read
  put_big32(&header[36], 0);
  std::copy_n(&header[24], 4, &header[92]);  // the number of pages is to be believed
  return pages.write(0, header);
}

}  // namespace

Result<std::int64_t> apply_wal(const fs::path& file, const fs::path& wal) {
  AIGW_TRY_ASSIGN(const Pages frames, Pages::open(wal, O_RDONLY));
  AIGW_TRY_ASSIGN(const Pages pages, Pages::open(file, O_RDWR));
  std::array<unsigned char, kWalHeaderBytes> header{};
  if (frames.read(0, header) < header.size() || (big32(&header[0]) & ~1U) != kWalMagic) return std::int64_t{0};
  const std::uint32_t page_bytes = big32(&header[8]);
  WalSum sum((big32(&header[0]) & 1U) != 0);
  sum.add(std::span(header).first(24));
  if (!is_page_size(page_bytes) || !sum.is(&header[24])) return std::int64_t{0};

  std::map<std::uint32_t, std::uint64_t> pending, committed;  // page: where its last content stands
  std::vector<unsigned char> frame(kFrameHeaderBytes + page_bytes);
  for (std::uint64_t at = kWalHeaderBytes; frames.read(at, frame) == frame.size(); at += frame.size()) {
    if (!std::equal(&frame[8], &frame[16], &header[16])) break;  // of an earlier round
    sum.add(std::span(frame).first(8));
    sum.add(std::span(frame).subspan(kFrameHeaderBytes));
    if (!sum.is(&frame[16])) break;
    pending[big32(&frame[0])] = at + kFrameHeaderBytes;
    if (big32(&frame[4]) == 0) continue;
    for (const auto& [page, place] : pending) committed[page] = place;
    pending.clear();
  }
  const auto page = std::span(frame).first(page_bytes);
  for (const auto& [number, place] : committed) {
    if (number == 0 || frames.read(place, page) != page.size()) continue;
    AIGW_TRY(pages.write(std::uint64_t{number - 1} * page_bytes, page));
  }
  return static_cast<std::int64_t>(committed.size());
}

SalvageSource::SalvageSource(SalvageSource&&) noexcept = default;
SalvageSource& SalvageSource::operator=(SalvageSource&&) noexcept = default;
SalvageSource::~SalvageSource() = default;

Result<SalvageSource> SalvageSource::open(const fs::path& damaged, const fs::path& folder) {
  std::error_code code;
  const fs::path copy = folder / "damaged.db", wal = damaged.string() + "-wal", wal_copy = folder / "damaged.db-frames";
  const bool has_wal = fs::exists(wal, code);
  if (!fs::exists(damaged, code) && !has_wal)
    return make_error(ErrorKind::not_found, "there is no database " + damaged.string(), "Name another with --db");
  if (fs::exists(damaged, code)) {
    AIGW_TRY(copy_private(damaged, copy));
  } else {
    AIGW_TRY(Pages::open(copy, O_RDWR | O_CREAT | O_EXCL));
  }
  if (has_wal) {
    AIGW_TRY(copy_private(wal, wal_copy));
    AIGW_TRY(apply_wal(copy, wal_copy));
  }
  AIGW_TRY(mend_header(copy));
  return guarded("read the list of tables", [&]() -> Result<SalvageSource> {
    SalvageSource source(std::make_unique<SQLite::Database>(
        immutable_uri(copy.string()), SQLite::OPEN_READONLY | SQLite::OPEN_URI | SQLite::OPEN_NOMUTEX));
    source.raw().execAndGet("SELECT count(*) FROM sqlite_schema WHERE sql IS NOT NULL");
    source.version_ = source.raw().execAndGet("PRAGMA user_version").getInt64();
    return source;
  });
}

}  // namespace aigw::store
