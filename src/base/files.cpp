#include "base/files.hpp"

#include "base/crypto.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <system_error>

namespace aigw::files {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kNoteBytesMax = 256;

std::string_view advice_for(int code) {
  switch (code) {
    case EACCES:
    case EPERM:
      return "Check who owns it and its folder";
    case ENOSPC:
    case EDQUOT:
      return "Free some space there";
    case EIO:
      return "Check the disk: dmesg has its errors";
    case EROFS:
      return "Choose a folder that can be written to";
    case ENOENT:
      return "Check that the folder is there";
    case ENOTDIR:
      return "A part of the path is a file: choose another";
    case EMFILE:
    case ENFILE:
      return "Raise the limit of open files (ulimit -n)";
    default:
      return "";
  }
}

Result<Handle> open_handle(const fs::path& path, int flags, std::string_view what) {
  Handle handle(::open(path.c_str(), flags | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (!handle) return system_error(what, path, errno);
  return handle;
}

Status write_all(const Handle& handle, const fs::path& path, std::string_view content) {
  while (!content.empty()) {
    const ssize_t wrote = ::write(handle.get(), content.data(), content.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return system_error("write", path, errno);
    content.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return {};
}

fs::path folder_of(const fs::path& file) { return file.has_parent_path() ? file.parent_path() : fs::path("."); }

}  // namespace

Error system_error(std::string_view what, const fs::path& path, int code) {
  return make_error(
      ErrorKind::database,
      std::string("cannot ").append(what) + " " + path.string() + ": " + std::generic_category().message(code),
      std::string(advice_for(code)));
}

void Handle::close() noexcept {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

Status make_private_dir(const fs::path& dir) {
  std::error_code code;
  if (fs::is_directory(dir, code)) {
    struct stat facts {};
    if (::stat(dir.c_str(), &facts) != 0) return system_error("look at", dir, errno);
    if (facts.st_uid == ::geteuid() && (facts.st_mode & 077) != 0 && ::chmod(dir.c_str(), S_IRWXU) != 0)
      return system_error("make private", dir, errno);
    return {};
  }
  if (const fs::path parent = dir.parent_path(); !parent.empty() && parent != dir && !fs::exists(parent, code))
    AIGW_TRY(make_private_dir(parent));
  if (::mkdir(dir.c_str(), S_IRWXU) != 0 && errno != EEXIST) return system_error("make the folder", dir, errno);
  if (!fs::is_directory(dir, code)) return system_error("make the folder", dir, ENOTDIR);
  return {};
}

Status sync_dir(const fs::path& dir) {
  AIGW_TRY_ASSIGN(const Handle handle, open_handle(dir, O_RDONLY | O_DIRECTORY, "open the folder"));
  if (::fsync(handle.get()) != 0) return system_error("sync the folder", dir, errno);
  return {};
}

Status write_private_file_atomic(const fs::path& file, std::string_view content) {
  std::array<unsigned char, 8> random;
  crypto::random_bytes(random);
  const std::string suffix = crypto::to_hex({reinterpret_cast<const char*>(random.data()), random.size()});
  fs::path beside = file;
  beside += ".new-" + suffix;
  const auto write = [&]() -> Status {
    AIGW_TRY_ASSIGN(const Handle handle, open_handle(beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, "make"));
    AIGW_TRY(write_all(handle, beside, content));
    if (::fsync(handle.get()) != 0) return system_error("sync", beside, errno);
    if (::rename(beside.c_str(), file.c_str()) != 0) return system_error("replace", file, errno);
    return {};
  };
  if (Status written = write(); !written) {
    ::unlink(beside.c_str());
    return written;
  }
  return sync_dir(folder_of(file));
}

Result<std::string> read_file(const fs::path& file, std::size_t bytes_max) {
  const Handle handle(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!handle) {
    const int code = errno;
    Error error = system_error("open", file, code);
    if (code == ENOENT) error.kind = ErrorKind::not_found;
    return error;
  }
  std::string content;
  std::array<char, 16384> buffer;
  for (;;) {
    const ssize_t got = ::read(handle.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error("read", file, errno);
    if (got == 0) return content;
    content.append(buffer.data(), static_cast<std::size_t>(got));
    if (content.size() > bytes_max)
      return make_error(ErrorKind::body_too_large,
                        file.string() + " has more than " + std::to_string(bytes_max) + " bytes",
                        "Check that this is the file that was meant");
  }
}

bool is_network_filesystem(const fs::path& path) {
  struct statfs facts {};
  fs::path there = path;
  while (::statfs(there.c_str(), &facts) != 0) {
    if (errno != ENOENT || there == folder_of(there)) return false;
    there = folder_of(there);
  }
  // From linux/magic.h and the file systems' own sources: NFS, SMB, CIFS, SMB2, AFS and the kernel's, Coda, NCP, Ceph,
  // OCFS2, GPFS, Lustre, BeeGFS, VirtualBox's shared folders.
  static constexpr std::array<std::uint32_t, 14> kNetworked = {
      0x6969, 0x517B,   0xFF534D42, 0xFE534D42, 0x5346414F, 0x6B414653, 0x73757245,
      0x564C, 0xC36400, 0x7461636F, 0x47504653, 0x0BD00BD0, 0x19830326, 0x786F4256};
  return std::find(kNetworked.begin(), kNetworked.end(), static_cast<std::uint32_t>(facts.f_type)) != kNetworked.end();
}

namespace {

/// "process 4711 (...)" of a process that lives; empty when the holder has not written its note yet, so that what
/// stands there is nothing or a dead process's.
std::string live_holder(const fs::path& file) {
  auto note = read_file(file, kNoteBytesMax);
  if (!note) return {};
  std::string holder = *std::move(note);
  while (!holder.empty() && holder.back() == '\n') holder.pop_back();
  constexpr std::string_view kPrefix = "process ";
  if (!holder.starts_with(kPrefix)) return {};
  const long pid = std::strtol(holder.c_str() + kPrefix.size(), nullptr, 10);
  return pid > 0 && (::kill(static_cast<pid_t>(pid), 0) == 0 || errno == EPERM) ? holder : std::string();
}

}  // namespace

Result<FileLock> FileLock::acquire(const fs::path& file, std::string_view note) {
  AIGW_TRY_ASSIGN(Handle handle, open_handle(file, O_RDWR | O_CREAT | O_NOFOLLOW, "open the lock"));
  while (::flock(handle.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK) return system_error("lock", file, errno);
    const std::string holder = live_holder(file);
    return make_error(ErrorKind::conflict,
                      file.string() + " is held by " + (holder.empty() ? std::string(kUnknownHolder) : holder),
                      "Stop that process, or choose another database with --db");
  }
  FileLock lock(std::move(handle), file);
  AIGW_TRY(lock.set_note(note));
  return lock;
}

Status FileLock::set_note(std::string_view note) {
  // Written before it is cut to length: a reader never finds the file empty.
  std::string text =
      "process " + std::to_string(::getpid()) + " (" + std::string(note.substr(0, kNoteBytesMax - 64)) + ")\n";
  const ssize_t wrote = ::pwrite(handle_.get(), text.data(), text.size(), 0);
  if (wrote != static_cast<ssize_t>(text.size()) || ::ftruncate(handle_.get(), wrote) != 0)
    return system_error("write into", path_, errno);
  return {};
}

}  // namespace aigw::files
