#pragma once
// A stretch of a file in memory, moved along as the file is appended to: a record costs a copy instead of a system
// call, and what the process wrote survives its death all the same, since the pages are the kernel's. One thread.

#include <cstdint>
#include <string_view>

namespace aigw::ledger {

class FileWindow {
 public:
  FileWindow() = default;
  FileWindow(const FileWindow&) = delete;
  FileWindow& operator=(const FileWindow&) = delete;
  ~FileWindow() { close(); }

  /// @pre the disk has promised the file these bytes and the file reaches behind them
  /// False: this file cannot be written this way, from now on: not mapped, or the disk failed beneath the mapping. What
  /// was written before stands; of `bytes` some may.
  bool write(int file, std::string_view bytes, std::uint64_t offset);
  /// Forgets the file.
  void close();

 private:
  bool move_to(int file, std::uint64_t offset);

  char* memory_ = nullptr;
  std::uint64_t begin_ = 0;  ///< the file's offset of memory_[0]
  bool refused_ = false;     ///< this file cannot be written through memory
};

}  // namespace aigw::ledger
