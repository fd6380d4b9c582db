#include "cli/foreground.hpp"

#include "base/files.hpp"
#include "base/process.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ctime>

namespace aigw::cli {
namespace {

constexpr int kPassedOn[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM, SIGWINCH};

sigset_t waited_for() {
  sigset_t out;
  sigemptyset(&out);
  sigaddset(&out, SIGCHLD);
  for (const int signal : kPassedOn) sigaddset(&out, signal);
  return out;
}

[[noreturn]] void become(const std::vector<std::string>& words, const std::vector<Assignment>& changes,
                         const sigset_t& mask, int report) {
  for (const Assignment& change : changes) {
    if (change.value)
      ::setenv(change.name.c_str(), change.value->c_str(), 1);
    else
      ::unsetenv(change.name.c_str());
  }
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  process::restore_inherited();
  ::sigprocmask(SIG_SETMASK, &mask, nullptr);
  ::execvp(arguments[0], arguments.data());
  const int why = errno;
  (void)!::write(report, &why, sizeof why);
  ::_exit(127);
}

/// The child has stopped itself, not just been stopped together with us by the terminal and continued since: without a
/// stop of our own the shell would not know.
void stop_with(pid_t child) {
  const timespec moment{0, 50'000'000};
  ::nanosleep(&moment, nullptr);
  siginfo_t state{};
  if (::waitid(P_PID, static_cast<id_t>(child), &state, WSTOPPED | WNOHANG | WNOWAIT) != 0 || state.si_pid != child)
    return;
  ::raise(SIGSTOP);
  ::kill(child, SIGCONT);
}

/// The exit code when the child has ended.
std::optional<int> look_after(pid_t child) {
  siginfo_t state{};
  if (::waitid(P_PID, static_cast<id_t>(child), &state, WEXITED | WSTOPPED | WNOHANG | WNOWAIT) != 0 ||
      state.si_pid != child)
    return std::nullopt;
  if (state.si_code == CLD_STOPPED) {
    stop_with(child);
    return std::nullopt;
  }
  ::waitpid(child, nullptr, 0);
  return state.si_code == CLD_EXITED ? state.si_status : 128 + state.si_status;
}

int wait_for_end(pid_t child, const sigset_t& signals) {
  for (;;) {
    siginfo_t signal{};
    if (::sigwaitinfo(&signals, &signal) < 0) continue;
    if (signal.si_signo == SIGCHLD) {
      if (const auto code = look_after(child)) return *code;
    } else if (signal.si_code <= 0) {  // from a process: what the terminal sends reaches the command by itself
      ::kill(child, signal.si_signo);
    }
  }
}

Error cannot_run(const std::string& program, int why) {
  const std::string what = "cannot run \"" + program + "\": " + std::strerror(why);
  if (why == ENOENT) return make_error(ErrorKind::not_found, what, "Is it installed, and on the PATH?");
  return make_error(ErrorKind::forbidden, what, "It has to be a program that you may run.");
}

}  // namespace

Result<int> run_in_foreground(const std::vector<std::string>& words, const std::vector<Assignment>& changes) {
  const sigset_t signals = waited_for();
  sigset_t before;
  ::sigprocmask(SIG_BLOCK, &signals, &before);
  int report[2];
  if (::pipe2(report, O_CLOEXEC) != 0) return files::system_error("make", "a pipe", errno);
  const pid_t child = ::fork();
  if (child == 0) become(words, changes, before, report[1]);
  ::close(report[1]);
  const files::Handle reading(report[0]);
  if (child < 0) return files::system_error("start", words[0], errno);
  int why = 0;
  ssize_t got;
  while ((got = ::read(reading.get(), &why, sizeof why)) < 0 && errno == EINTR) continue;
  const int code = wait_for_end(child, signals);
  if (got == sizeof why) return cannot_run(words[0], why);
  return code;
}

}  // namespace aigw::cli
