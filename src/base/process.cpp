#include "base/process.hpp"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>

#ifdef __linux__
#include <link.h>
#include <malloc.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#endif

namespace aigw::process {
namespace {

/// What `harden` found, once.
struct Inherited {
  mode_t mask = 0;
  rlimit core{};
  bool pipe_ignored = false;
  bool file_size_ignored = false;
  bool known = false;
} inherited;

#ifdef __linux__
/// Never a segment that may be written: what was written there, as relocations are, would be gone.
int unmap_code(dl_phdr_info* object, std::size_t, void*) {
  static const auto page_bytes = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  for (unsigned i = 0; i < object->dlpi_phnum; ++i) {
    const auto& segment = object->dlpi_phdr[i];
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0) continue;
    const std::uintptr_t begin = (object->dlpi_addr + segment.p_vaddr) & ~(page_bytes - 1);
    const std::uintptr_t end = object->dlpi_addr + segment.p_vaddr + segment.p_memsz;
    ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
  }
  return 0;
}
#endif

bool ignore(int signal) { return std::signal(signal, SIG_IGN) == SIG_IGN; }

}  // namespace

void harden() {
  const mode_t mask = ::umask(077);
  rlimit core{};
  ::getrlimit(RLIMIT_CORE, &core);
  const rlimit none{0, core.rlim_max};
  ::setrlimit(RLIMIT_CORE, &none);
#ifdef __linux__
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
  const bool pipe = ignore(SIGPIPE);
  const bool file_size = ignore(SIGXFSZ);
  if (!inherited.known) inherited = {mask, core, pipe, file_size, true};
}

void restore_inherited() {
  if (!inherited.known) return;
  ::umask(inherited.mask);
  ::setrlimit(RLIMIT_CORE, &inherited.core);
  if (!inherited.pipe_ignored) std::signal(SIGPIPE, SIG_DFL);
  if (!inherited.file_size_ignored) std::signal(SIGXFSZ, SIG_DFL);
}

void raise_file_limit() {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
}

void forget_start() {
#ifdef __linux__
  ::malloc_trim(0);
  ::dl_iterate_phdr(unmap_code, nullptr);
#endif
}

}  // namespace aigw::process
