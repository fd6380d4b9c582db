#include "tests/unit/power_loss/disk.hpp"

#include "base/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <iterator>
#include <thread>

namespace aigw::test {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kSectorBytes = 512;

std::atomic<Disk*> the_disk{nullptr};
thread_local bool at_work = false;  ///< within the disk itself, whose own calls are not recorded

/// The values that a history may have on the disk: the one that was synced, and each later one.
template <class Value>
std::vector<const Value*> possible(const std::vector<std::pair<std::size_t, Value>>& history, std::size_t synced,
                                   std::size_t moment) {
  std::vector<const Value*> values;
  for (const auto& [since, value] : history) {
    if (since > moment) break;
    if (since <= synced) values.clear();
    values.push_back(&value);
  }
  return values;
}

template <class Item>
const Item& one_of(const std::vector<Item>& items, std::mt19937& random) {
  return items[std::uniform_int_distribution<std::size_t>(0, items.size() - 1)(random)];
}

std::size_t last_before(const std::vector<std::size_t>& moments, std::size_t moment) {
  const auto after = std::upper_bound(moments.begin(), moments.end(), moment);
  return after == moments.begin() ? 0 : *std::prev(after);
}

}  // namespace

/// The mutex, and no recording of what its holder does.
class Disk::Work {
 public:
  explicit Work(Disk& disk) : lock_(disk.mutex_) { at_work = true; }
  ~Work() { at_work = false; }

 private:
  std::lock_guard<std::mutex> lock_;
};

Disk* Disk::recording() { return at_work ? nullptr : the_disk.load(); }

Disk::Disk(fs::path folder) : folder_(std::move(folder)) {
  look_everywhere();
  now_ = kFirst;
  // What is there already is on the disk.
  for (File& file : files_) {
    file.made = kFirst;
    file.syncs = {kFirst};
    for (auto& [number, history] : file.pages) history.back().first = kFirst;
    file.sizes.back().first = kFirst;
    folder_syncs_[file.path.parent_path()] = {kFirst};
  }
  the_disk = this;
}

Disk::~Disk() { stop(); }

void Disk::stop() { the_disk = nullptr; }

Disk::File* Disk::find(const fs::path& path) {
  const auto found = std::find_if(files_.begin(), files_.end(),
                                  [&](const File& file) { return file.removed == 0 && file.path == path; });
  return found == files_.end() ? nullptr : &*found;
}

fs::path Disk::path_of(int fd) const {
  std::error_code code;
  return fs::read_symlink("/proc/self/fd/" + std::to_string(fd), code);
}

void Disk::look_at(File& file) {
  static const Bytes kZeros(kPageBytes, '\0');
  const files::Handle in(::open(file.path.c_str(), O_RDONLY | O_CLOEXEC));
  const auto size = static_cast<std::size_t>(std::max<off_t>(0, ::lseek(in.get(), 0, SEEK_END)));
  const std::size_t before = file.sizes.empty() ? 0 : file.sizes.back().second;
  std::vector<char> block(std::size_t{64} * kPageBytes);
  for (std::size_t begin = 0; begin < std::max(size, before); begin += block.size()) {
    std::fill(block.begin(), block.end(), '\0');
    if (::pread(in.get(), block.data(), block.size(), static_cast<off_t>(begin)) < 0) return;
    for (std::size_t at = 0; at < block.size(); at += kPageBytes) {
      const std::string_view page(block.data() + at, kPageBytes);
      auto known = file.pages.find((begin + at) / kPageBytes);
      if (page == (known == file.pages.end() ? kZeros : known->second.back().second)) continue;
      if (known == file.pages.end())
        known = file.pages.emplace((begin + at) / kPageBytes, History<Bytes>{{0, kZeros}}).first;
      known->second.emplace_back(++now_, page);
    }
  }
  if (file.sizes.empty() || size != before) file.sizes.emplace_back(++now_, size);
}

void Disk::look_everywhere() {
  std::vector<bool> there(files_.size());
  std::error_code code;
  for (fs::recursive_directory_iterator entry(folder_, code), end; !code && entry != end; entry.increment(code)) {
    struct stat facts {};
    if (::lstat(entry->path().c_str(), &facts) != 0 || !S_ISREG(facts.st_mode) ||
        entry->path().native().ends_with("-shm"))
      continue;
    const auto known = std::find_if(files_.begin(), files_.end(), [&](const File& file) {
      return file.removed == 0 && file.path == entry->path() && file.inode == facts.st_ino;
    });
    if (known != files_.end()) {
      there[static_cast<std::size_t>(known - files_.begin())] = true;
      continue;
    }
    files_.push_back({entry->path(), facts.st_ino, ++now_, 0, {}, {}, {}});
    there.push_back(true);
  }
  for (std::size_t i = 0; i < files_.size(); ++i) {
    if (files_[i].removed != 0) continue;
    if (there[i])
      look_at(files_[i]);
    else
      files_[i].removed = ++now_;
  }
}

void Disk::look() {
  const Work work(*this);
  look_everywhere();
}

void Disk::write_back() {
  const Work work(*this);
  look_everywhere();
  ++now_;
  for (File& file : files_) {
    file.syncs.push_back(now_);
    folder_syncs_[file.path.parent_path()].push_back(now_);
  }
}

std::size_t Disk::moment() {
  const Work work(*this);
  return now_;
}

void Disk::fail_sync(std::string part) {
  const Work work(*this);
  failing_ = std::move(part);
}

void Disk::saw_write(int fd) {
  const Work work(*this);
  const fs::path path = path_of(fd);
  if (!path.native().starts_with(folder_.native())) return;
  if (File* file = find(path))
    look_at(*file);
  else
    look_everywhere();
}

int Disk::sync(int fd) {
  const Work work(*this);
  const fs::path path = path_of(fd);
  if (!failing_.empty() && path.native().find(failing_) != std::string::npos) {
    failing_.clear();
    errno = EIO;
    return -1;
  }
  look_everywhere();
  std::error_code code;
  if (fs::is_directory(path, code)) {
    folder_syncs_[path].push_back(++now_);
  } else if (File* file = find(path)) {
    file->syncs.push_back(++now_);
  }
  return 0;
}

/// A folder's changes reach the disk in their order, but nobody says how far.
std::size_t Disk::names_moment(const fs::path& folder, std::size_t moment, Loss loss, std::mt19937& random) const {
  const auto syncs = folder_syncs_.find(folder);
  const std::size_t synced = syncs == folder_syncs_.end() ? 0 : last_before(syncs->second, moment);
  if (loss == Loss::all) return synced;
  return loss == Loss::bytes ? moment : std::uniform_int_distribution<std::size_t>(synced, moment)(random);
}

bool Disk::has_entry(const File& file, std::size_t names_at) const {
  return file.made <= names_at && (file.removed == 0 || file.removed > names_at);
}

/// Writes the file as it may be.
void Disk::make_file(const File& file, const fs::path& copy, std::size_t moment, Loss loss, std::mt19937& random) {
  const files::Handle out(::open(copy.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  const bool all_lost = loss == Loss::all || loss == Loss::bytes;
  const std::size_t synced = last_before(file.syncs, moment);
  const auto sizes = possible(file.sizes, synced, moment);
  if (sizes.empty() || (all_lost && synced == 0)) return;
  for (const auto& [number, history] : file.pages) {
    const auto states = possible(history, synced, moment);
    Bytes page = all_lost ? *states.front() : *one_of(states, random);
    if (loss == Loss::torn)
      for (std::size_t at = 0; at < kPageBytes; at += kSectorBytes)
        page.replace(at, kSectorBytes, *one_of(states, random), at, kSectorBytes);
    [[maybe_unused]] const ssize_t wrote =
        ::pwrite(out.get(), page.data(), page.size(), static_cast<off_t>(number * kPageBytes));
  }
  [[maybe_unused]] const int cut =
      ::ftruncate(out.get(), static_cast<off_t>(all_lost ? *sizes.front() : *one_of(sizes, random)));
}

void Disk::make(const fs::path& to, std::size_t moment, Loss loss, std::uint32_t seed) {
  const Work work(*this);
  std::mt19937 random(seed);
  for (const auto& entry : fs::directory_iterator(to)) fs::remove_all(entry);
  std::map<fs::path, std::size_t> names;
  for (const File& file : files_) {
    if (file.made > moment) continue;
    const fs::path folder = file.path.parent_path();
    if (!names.contains(folder)) names[folder] = names_moment(folder, moment, loss, random);
    if (!has_entry(file, names[folder])) continue;
    const fs::path copy = to / fs::relative(file.path, folder_);
    fs::create_directories(copy.parent_path());
    make_file(file, copy, moment, loss, random);
  }
}

}  // namespace aigw::test

// What this program and the libraries in it call. A sync costs nothing: the files are thrown away.
namespace {

using aigw::test::Disk;

constexpr std::chrono::milliseconds kSyncTime{20};  // others write meanwhile, and change segments

template <class Call, class Tell>
auto told(Call call, Tell tell) {
  const auto result = call();
  const int code = errno;
  if (Disk* const disk = Disk::recording()) tell(*disk);
  errno = code;
  return result;
}

ssize_t told_pwrite(int fd, const void* from, std::size_t bytes, off_t offset) {
  return told([&] { return ::syscall(SYS_pwrite64, fd, from, bytes, offset); },
              [&](Disk& disk) { disk.saw_write(fd); });
}
int told_ftruncate(int fd, off_t bytes) {
  return told([&] { return static_cast<int>(::syscall(SYS_ftruncate, fd, bytes)); },
              [&](Disk& disk) { disk.saw_write(fd); });
}
int told_sync(int fd) {
  Disk* const disk = Disk::recording();
  return disk == nullptr ? 0 : disk->sync(fd);
}

}  // namespace

extern "C" {
ssize_t pwrite(int fd, const void* from, size_t bytes, off_t offset) { return told_pwrite(fd, from, bytes, offset); }
ssize_t pwrite64(int fd, const void* from, size_t bytes, off64_t offset) {
  return told_pwrite(fd, from, bytes, offset);
}
ssize_t write(int fd, const void* from, size_t bytes) {
  return told([&] { return ::syscall(SYS_write, fd, from, bytes); }, [&](Disk& disk) { disk.saw_write(fd); });
}
int ftruncate(int fd, off_t bytes) noexcept { return told_ftruncate(fd, bytes); }
int ftruncate64(int fd, off64_t bytes) noexcept { return told_ftruncate(fd, bytes); }
int unlink(const char* path) noexcept {
  return told([&] { return static_cast<int>(::syscall(SYS_unlink, path)); }, [](Disk& disk) { disk.look(); });
}
int rename(const char* from, const char* to) noexcept {
  return told([&] { return static_cast<int>(::syscall(SYS_rename, from, to)); }, [](Disk& disk) { disk.look(); });
}
int fsync(int fd) { return told_sync(fd); }
int fdatasync(int fd) {
  const int result = told_sync(fd);
  if (Disk::recording() != nullptr) std::this_thread::sleep_for(kSyncTime);
  return result;
}
}
