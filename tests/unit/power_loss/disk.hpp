#pragma once
// A disk that remembers. While it lives, every write, sync and change of a name below one folder is recorded: disk.cpp
// defines this program's pwrite, fdatasync and their like, so that SQLite's calls are seen too. Then the folder can be
// made again as a loss of power at any moment may have left it.

#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aigw::test {

/// What became of writes that were not synced.
enum class Loss : std::uint8_t {
  all,    ///< none reached the disk
  bytes,  ///< no byte did, but every name that was made or removed
  pages,  ///< each page is there as it was at some moment since its sync, later ones without earlier ones too
  torn,   ///< the same for each sector of 512 bytes
};

/// One at a time. Any thread of the program may write meanwhile.
class Disk {
 public:
  explicit Disk(std::filesystem::path folder);
  ~Disk();

  /// Looks for what was written through memory: no call tells of that.
  void look();
  static constexpr std::size_t kFirst = 1;  ///< all that was there already is on the disk
  /// As the kernel does by itself after half a minute: all is synced.
  void write_back();
  /// Each write, sync or change of a name makes one more.
  std::size_t moment();
  /// The next sync of a file whose path has `part` in it fails, once, as the kernel tells of a failed disk.
  void fail_sync(std::string part);

  /// Records no more; the program's calls are as ever.
  void stop();

  /// Makes `to` what the folder is after the power went at `moment`. -shm files are memory and never there.
  void make(const std::filesystem::path& to, std::size_t moment, Loss loss, std::uint32_t seed);

  // For disk.cpp's system calls.
  static Disk* recording();
  void saw_write(int fd);
  /// 0, or -1 with errno.
  int sync(int fd);

 private:
  static constexpr std::size_t kPageBytes = 4096;
  using Bytes = std::string;
  template <class Value>
  using History = std::vector<std::pair<std::size_t, Value>>;  ///< (moment, since then)

  /// A file, or a folder's entry of one: a name that is made again is another file.
  struct File {
    std::filesystem::path path;
    std::uint64_t inode = 0;
    std::size_t made = 0;
    std::size_t removed = 0;  ///< 0: it is there
    std::map<std::size_t, History<Bytes>> pages;
    History<std::size_t> sizes;
    std::vector<std::size_t> syncs;
  };

  class Work;
  void look_at(File& file);
  void look_everywhere();
  File* find(const std::filesystem::path& path);
  std::filesystem::path path_of(int fd) const;
  bool has_entry(const File& file, std::size_t names_at) const;
  std::size_t names_moment(const std::filesystem::path& folder, std::size_t moment, Loss loss,
                           std::mt19937& random) const;
  static void make_file(const File& file, const std::filesystem::path& copy, std::size_t moment, Loss loss,
                        std::mt19937& random);

  std::filesystem::path folder_;
  std::mutex mutex_;
  std::size_t now_ = 0;
  std::vector<File> files_;
  std::map<std::filesystem::path, std::vector<std::size_t>> folder_syncs_;
  std::string failing_;
};

}  // namespace aigw::test
