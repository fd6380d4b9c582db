#include "ledger/mapped_copy.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdint>
#include <cstring>

namespace aigw::ledger {
namespace {

// The thread's running copy. The handler runs on the thread whose store failed.
thread_local constinit std::atomic<std::uintptr_t> t_begin{0};
thread_local constinit std::atomic<std::uintptr_t> t_end{0};
thread_local constinit std::atomic<bool> t_lost{false};

std::uintptr_t page_bytes = 0;

constexpr std::string_view kLastWords =
    "aigw: SIGBUS: a mapped file could not be read or written: the disk that holds the database fails, or the\n"
    "      file was cut. What was answered is in the journal. Check the disk (dmesg), then start aigw again;\n"
    "      `aigw db check` looks at the database.\n";

/// Only calls that a signal handler may make.
void on_bus_error(int signal, siginfo_t* info, void*) {
  const auto at = reinterpret_cast<std::uintptr_t>(info->si_addr);
  if (at >= t_begin.load(std::memory_order_relaxed) && at < t_end.load(std::memory_order_relaxed)) {
    // The copy goes on into a page of nobody's, and its caller learns of it.
    void* const page = reinterpret_cast<void*>(at / page_bytes * page_bytes);
    if (::mmap(page, page_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == page) {
      t_lost.store(true, std::memory_order_relaxed);
      return;
    }
  }
  [[maybe_unused]] const ssize_t said = ::write(STDERR_FILENO, kLastWords.data(), kLastWords.size());
  std::signal(signal, SIG_DFL);
  ::raise(signal);  // once we return
}

bool install() {
  page_bytes = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  struct sigaction action {};
  action.sa_sigaction = on_bus_error;
  action.sa_flags = SA_SIGINFO;
  return ::sigaction(SIGBUS, &action, nullptr) == 0;
}

}  // namespace

void take_bus_errors() { [[maybe_unused]] static const bool installed = install(); }

bool copy_mapped(char* to, std::string_view bytes) {
  const auto begin = reinterpret_cast<std::uintptr_t>(to);
  t_lost.store(false, std::memory_order_relaxed);
  t_begin.store(begin, std::memory_order_relaxed);
  t_end.store(begin + bytes.size(), std::memory_order_relaxed);
  std::atomic_signal_fence(std::memory_order_seq_cst);
  std::memcpy(to, bytes.data(), bytes.size());
  std::atomic_signal_fence(std::memory_order_seq_cst);
  t_end.store(0, std::memory_order_relaxed);
  return !t_lost.load(std::memory_order_relaxed);
}

}  // namespace aigw::ledger
