#include "cli/run_gateway.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <thread>

namespace aigw::cli {
namespace {

namespace fs = std::filesystem;

// The child reports on this descriptor, once: "+ADDRESS", or "-", the error's kind, its message, a line's end, its
// next.
constexpr int kReportFd = 3;
constexpr auto kLeaseCheck = std::chrono::seconds(1);

fs::path beside(const fs::path& db, std::string_view ending) {
  fs::path out = db;
  out += ending;
  return out;
}

fs::path lease_file(const config::Paths& paths) { return beside(paths.db, ".run"); }

Result<files::Handle> open_lease(const fs::path& file, int operation) {
  files::Handle handle(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!handle) return files::system_error("open", file, errno);
  while (::flock(handle.get(), operation) != 0)
    if (errno != EINTR) return files::system_error("lock", file, errno);
  return handle;
}

void write_report(std::string_view text) {
  while (!text.empty()) {
    const ssize_t wrote = ::write(kReportFd, text.data(), text.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) break;
    text.remove_prefix(static_cast<std::size_t>(wrote));
  }
  ::close(kReportFd);
}

void report_error(const Error& error) {
  write_report("-" + std::string(1, static_cast<char>(error.kind)) + error.message + "\n" + error.next);
}

Result<config::ListenAddress> read_report(int fd) {
  std::string report;
  char part[1024];
  for (;;) {
    const ssize_t got = ::read(fd, part, sizeof part);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    report.append(part, static_cast<std::size_t>(got));
  }
  if (report.starts_with('+')) return config::ListenAddress::parse(std::string_view(report).substr(1));
  if (report.size() < 3)
    return make_error(ErrorKind::internal, "the gateway that was started for this run ended at once",
                      "See what it logged: the file beside the database that ends with .run.log");
  const auto line_end = report.find('\n', 2);
  Error error = make_error(static_cast<ErrorKind>(report[1]), report.substr(2, line_end - 2));
  if (line_end != std::string::npos) error.next = report.substr(line_end + 1);
  return error;
}

/// Nothing of the caller's stays open in the gateway: who reads the command's output would wait for its end.
void detach(const fs::path& log, int report) {
  ::setsid();  // what the terminal sends is for the command
  const int nothing = ::open("/dev/null", O_RDWR);
  const int logged = ::open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600);
  ::dup2(nothing, STDIN_FILENO);
  ::dup2(nothing, STDOUT_FILENO);
  ::dup2(logged < 0 ? nothing : logged, STDERR_FILENO);
  if (report != kReportFd) ::dup2(report, kReportFd);
  ::close_range(kReportFd + 1, ~0U, 0);
}

/// Ends this process as SIGTERM does once no `run` holds the lease, even when they were all killed. Having it alone
/// until the end keeps the next `run` waiting, which then begins a gateway of its own.
void end_without_users(const fs::path& file) {
  for (;;) {
    std::this_thread::sleep_for(kLeaseCheck);
    const int fd = ::open(file.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (fd >= 0 && ::flock(fd, LOCK_EX | LOCK_NB) == 0) break;
    ::close(fd);
  }
  ::kill(::getpid(), SIGTERM);
}

[[noreturn]] void serve_in_child(const config::Paths& paths, const config::Config& config, int report) {
  detach(beside(paths.db, ".run.log"), report);
  sigset_t ends;
  sigemptyset(&ends);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&ends, signal);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);  // the daemon waits for them; the thread must not get them
  std::thread([file = lease_file(paths)] { end_without_users(file); }).detach();

  server::DaemonOptions options = daemon_options(paths, config);
  options.listening = [](const config::ListenAddress& address) { write_report("+" + address.text()); };
  auto ended = serve_when_free(options);
  if (!ended && ended.error().kind == ErrorKind::config && options.config.server.listen.port != 0) {
    options.config.server.listen.port = 0;  // another program has the port: any will do
    ended = serve_when_free(options);
  }
  if (!ended) report_error(ended.error());
  ::_exit(ended ? *ended : 1);
}

struct Started {
  config::ListenAddress address;
  pid_t child;
};

Result<Started> start(const config::Paths& paths, const config::Config& config) {
  int report[2];
  if (::pipe2(report, O_CLOEXEC) != 0) return files::system_error("make", "a pipe", errno);
  const pid_t child = ::fork();
  if (child == 0) serve_in_child(paths, config, report[1]);
  ::close(report[1]);
  const files::Handle reading(report[0]);
  if (child < 0) return files::system_error("start", "a process", errno);
  auto address = read_report(reading.get());
  if (address) return Started{*std::move(address), child};
  ::waitpid(child, nullptr, 0);
  return std::move(address).error();
}

}  // namespace

Result<RunGateway> RunGateway::find_or_start(const config::Paths& paths, const config::Config& config) {
  AIGW_TRY(files::make_private_dir(paths.db.parent_path()));
  AIGW_TRY_ASSIGN(files::Handle lease, open_lease(lease_file(paths), LOCK_SH));
  if (auto address = running_gateway(paths)) return RunGateway(std::move(lease), *std::move(address), 0);
  auto started = start(paths, config);
  if (started) return RunGateway(std::move(lease), std::move(started->address), started->child);
  if (started.error().kind != ErrorKind::conflict) return std::move(started).error();
  // Somebody else began one meanwhile.
  for (int i = 0; i < 100; ++i) {
    if (auto address = running_gateway(paths)) return RunGateway(std::move(lease), *std::move(address), 0);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return std::move(started).error();
}

RunGateway::~RunGateway() {
  if (child_ == 0) return;
  if (::flock(lease_.get(), LOCK_EX | LOCK_NB) != 0) return;  // others use it; it goes with the last of them
  ::kill(child_, SIGTERM);
  while (::waitpid(child_, nullptr, 0) < 0 && errno == EINTR) continue;
}

}  // namespace aigw::cli
