#include "base/process.hpp"

#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>

#ifdef __linux__
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

}  // namespace aigw::process
