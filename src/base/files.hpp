#pragma once
// Files that only their owner may read: private folders, atomic writes, the lock of the one process that writes.
// Errors are `database` with the path and the system's reason, unless said otherwise. Any thread.

#include "base/error.hpp"

#include <filesystem>
#include <string>
#include <string_view>

namespace aigw::files {

/// The error for a failed system call: "cannot open /x: Permission denied", and what to do about the common reasons.
Error system_error(std::string_view what, const std::filesystem::path& path, int code);

/// An open file descriptor, closed when it goes.
class Handle {
 public:
  Handle() = default;
  explicit Handle(int fd) : fd_(fd) {}
  Handle(Handle&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Handle& operator=(Handle&& other) noexcept {
    if (this != &other) {
      close();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() { close(); }

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  void close() noexcept;

 private:
  int fd_ = -1;
};

/// Makes the folder and its parents, 0700; an existing one that is ours is narrowed to that.
Status make_private_dir(const std::filesystem::path& dir);

/// The file holds either its old or its new content, whatever happens: written beside it (0600), synced, renamed, and
/// the folder synced.
Status write_private_file_atomic(const std::filesystem::path& file, std::string_view content);

/// @errors not_found when there is no such file; body_too_large beyond `bytes_max`
Result<std::string> read_file(const std::filesystem::path& file, std::size_t bytes_max = std::size_t{16} << 20);

Status sync_dir(const std::filesystem::path& dir);

/// NFS, SMB and their like: locks and shared memory do not hold there.
bool is_network_filesystem(const std::filesystem::path& path);

/// Ends the error of a lock whose holder has not said yet who it is: a moment later it has.
inline constexpr std::string_view kUnknownHolder = "another process";

/// The right to write one database, held as long as this lives, and given back by the system when the process ends.
class FileLock {
 public:
  /// `note` says what holds it, "serve 127.0.0.1:2449"; others read it in their error.
  /// @errors conflict when it is held: "... is in use by process 4711 (serve 127.0.0.1:2449)"
  static Result<FileLock> acquire(const std::filesystem::path& file, std::string_view note);

  /// Replaces the note, when the address is only known later.
  Status set_note(std::string_view note);
  const std::filesystem::path& path() const { return path_; }

 private:
  FileLock(Handle handle, std::filesystem::path path) : handle_(std::move(handle)), path_(std::move(path)) {}
  Handle handle_;
  std::filesystem::path path_;
};

}  // namespace aigw::files
