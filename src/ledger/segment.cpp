#include "ledger/segment.hpp"

#include "base/crypto.hpp"
#include "ledger/bytes.hpp"
#include "ledger/crc32c.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <system_error>

namespace aigw::ledger {
namespace {

constexpr std::string_view kSegmentMagic = "AIGWSEG\n";
constexpr std::size_t kCopyBytes = kSegmentHeaderBytes / 2;
constexpr std::size_t kSummedBytes = kCopyBytes - 4;
constexpr std::string_view kSuffix = ".seg";
constexpr std::size_t kScanBytes = std::size_t{256} << 10;

template <class Number>
bool parse_part(std::string_view text, Number& out) {
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), out);
  return code == std::errc{} && end == text.data() + text.size();
}

/// Closed, published to its end.
Result<SegmentPtr> open_whole(const std::filesystem::path& path) {
  auto segment = std::make_shared<Segment>();
  segment->path = path;
  segment->file = files::Handle(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  struct stat facts {};
  if (!segment->file || ::fstat(segment->file.get(), &facts) != 0) return files::system_error("open", path, errno);
  segment->published = static_cast<std::uint64_t>(facts.st_size);
  segment->closed = true;
  return segment;
}

std::optional<SegmentHeader> decode_copy(std::string_view copy) {
  ByteReader in(copy);
  if (in.bytes(kSegmentMagic.size()) != kSegmentMagic) return std::nullopt;
  SegmentHeader header;
  header.version = in.number<std::uint32_t>();
  header.salt = in.number<std::uint32_t>();
  header.database_uuid = crypto::to_hex(in.bytes(16));
  header.id.epoch = in.number<std::int64_t>();
  header.id.loop = in.number<std::uint32_t>();
  header.id.number = in.number<std::uint32_t>();
  in.bytes(12);
  if (in.number<std::uint32_t>() != crc32c(copy.substr(0, kSummedBytes)) || !in.ok()) return std::nullopt;
  return header;
}

}  // namespace

std::string file_name_of(const SegmentId& id) {
  std::array<char, 64> name;
  const int size = std::snprintf(name.data(), name.size(), "%010lld-%02u-%06u.seg", static_cast<long long>(id.epoch),
                                 id.loop, id.number);
  return {name.data(), static_cast<std::size_t>(size)};
}

std::optional<SegmentId> parse_file_name(std::string_view name) {
  if (!name.ends_with(kSuffix)) return std::nullopt;
  name.remove_suffix(kSuffix.size());
  const auto first = name.find('-');
  const auto second = first == std::string_view::npos ? first : name.find('-', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  SegmentId id;
  if (!parse_part(name.substr(0, first), id.epoch) ||
      !parse_part(name.substr(first + 1, second - first - 1), id.loop) ||
      !parse_part(name.substr(second + 1), id.number))
    return std::nullopt;
  return id;
}

std::string encode(const SegmentHeader& header) {
  std::array<char, kCopyBytes> copy{};
  ByteWriter out(copy.data());
  out.bytes(kSegmentMagic);
  out.number(header.version);
  out.number(header.salt);
  const auto uuid = crypto::from_hex(header.database_uuid);
  out.bytes(uuid && uuid->size() == 16 ? *uuid : std::string(16, '\0'));
  out.number(header.id.epoch);
  out.number(header.id.loop);
  out.number(header.id.number);
  out.bytes(std::string(12, '\0'));
  out.number(crc32c({copy.data(), kSummedBytes}));
  const std::string once(copy.data(), copy.size());
  return once + once;
}

std::optional<SegmentHeader> decode_segment_header(std::string_view bytes) {
  if (bytes.size() < kCopyBytes) return std::nullopt;
  if (auto header = decode_copy(bytes.substr(0, kCopyBytes))) return header;
  return bytes.size() < kSegmentHeaderBytes ? std::nullopt : decode_copy(bytes.substr(kCopyBytes, kCopyBytes));
}

Result<std::optional<LeftSegment>> open_left_segment(const std::filesystem::path& path) {
  AIGW_TRY_ASSIGN(auto segment, open_whole(path));
  std::array<char, kSegmentHeaderBytes> head{};
  const ssize_t got = ::pread(segment->file.get(), head.data(), head.size(), 0);
  if (got < 0) return cannot_read(path, errno);
  const auto header = decode_segment_header({head.data(), static_cast<std::size_t>(got)});
  if (!header) return std::optional<LeftSegment>{};
  if (header->version > kFormatVersion)
    return make_error(ErrorKind::database,
                      path.string() + " has format version " + std::to_string(header->version) + " of a newer aigw",
                      "Start that aigw once more: it brings its rows into the database; nothing was changed");
  segment->id = header->id;
  segment->salt = header->salt;
  return std::optional(LeftSegment{std::move(segment), header->database_uuid});
}

Error cannot_read(const std::filesystem::path& segment, int code) {
  Error error = files::system_error("read", segment, code);
  error.next = "Check the disk: dmesg has its errors. To go on without the rows in it, move this file away";
  return error;
}

Result<std::uint64_t> used_end(const Segment& segment, std::uint64_t begin, std::uint64_t end) {
  std::vector<char> block(kScanBytes);
  while (end > begin) {
    const std::uint64_t from = end - std::min<std::uint64_t>(block.size(), end - begin);
    const ssize_t got =
        ::pread(segment.file.get(), block.data(), static_cast<std::size_t>(end - from), static_cast<off_t>(from));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return cannot_read(segment.path, errno);
    const std::string_view bytes(block.data(), static_cast<std::size_t>(got));
    if (const auto last = bytes.find_last_not_of('\0'); last != std::string_view::npos) return from + last + 1;
    end = from;
  }
  return end;
}

Result<bool> is_blank_segment(const std::filesystem::path& path) {
  AIGW_TRY_ASSIGN(const SegmentPtr segment, open_whole(path));
  if (segment->published <= kSegmentHeaderBytes) return true;
  AIGW_TRY_ASSIGN(const std::uint64_t used, used_end(*segment, 0, segment->published));
  return used == 0;
}

Result<std::vector<std::pair<SegmentId, std::filesystem::path>>> list_segments(const std::filesystem::path& folder) {
  std::vector<std::pair<SegmentId, std::filesystem::path>> found;
  std::error_code code;
  std::filesystem::directory_iterator entry(folder, code);
  if (code == std::errc::no_such_file_or_directory) return found;
  for (; !code && entry != std::filesystem::directory_iterator{}; entry.increment(code))
    if (const auto id = parse_file_name(entry->path().filename().string())) found.emplace_back(*id, entry->path());
  if (code) return files::system_error("list", folder, code.value());
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace aigw::ledger
