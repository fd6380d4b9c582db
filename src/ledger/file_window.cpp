#include "ledger/file_window.hpp"

#include "ledger/mapped_copy.hpp"

#include <sys/mman.h>
#include <unistd.h>

namespace aigw::ledger {
namespace {

constexpr std::uint64_t kWindowBytes = std::uint64_t{1} << 20;  // some 2,500 rows; resident at most this much a loop

}  // namespace

bool FileWindow::write(int file, std::string_view bytes, std::uint64_t offset) {
  const bool covered = memory_ != nullptr && offset >= begin_ && offset + bytes.size() <= begin_ + kWindowBytes;
  if (!covered && !move_to(file, offset)) return false;
  if (copy_mapped(memory_ + (offset - begin_), bytes)) return true;
  close();
  refused_ = true;
  return false;
}

bool FileWindow::move_to(int file, std::uint64_t offset) {
  if (refused_) return false;
  close();
  take_bus_errors();
  static const auto page_bytes = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  const std::uint64_t begin = offset / page_bytes * page_bytes;
  void* const memory =
      ::mmap(nullptr, kWindowBytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, static_cast<off_t>(begin));
  refused_ = memory == MAP_FAILED;
  if (refused_) return false;
  memory_ = static_cast<char*>(memory);
  begin_ = begin;
  return true;
}

void FileWindow::close() {
  if (memory_ != nullptr) ::munmap(memory_, kWindowBytes);
  memory_ = nullptr;
  refused_ = false;
}

}  // namespace aigw::ledger
