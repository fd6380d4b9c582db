// A disk that fails and a clock that is wrong when they are told to, put before the C library by LD_PRELOAD. Each variable
// names a part of a path: a call for a file with it in its path fails while the file $BROKEN_SWITCH exists, or always
// after a "!".
//   BROKEN_WRITE   write, pwrite, ftruncate: EIO      BROKEN_MAP    a shared mapping: ENODEV
//   BROKEN_READ    pread: EIO
//   BROKEN_SYNC    fsync, fdatasync: EIO              BROKEN_ALLOC  fallocate: EOPNOTSUPP
//   BROKEN_SLOW    fsync, fdatasync: four seconds
//   BROKEN_NETWORK statfs says NFS, of every path
//   BROKEN_CLOCK   a file with the seconds by which the wall clock is wrong
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

/// The part of a path that breaks now, or NULL.
static const char* breaking(const char* variable) {
  const char* part = getenv(variable);
  if (part == NULL || *part == '!') return part == NULL ? NULL : part + 1;
  const char* file = getenv("BROKEN_SWITCH");
  return file != NULL && syscall(SYS_access, file, F_OK) == 0 ? part : NULL;
}

static int breaks(const char* variable, int fd, int code) {
  const int before = errno;
  const char* part = breaking(variable);
  int hit = 0;
  if (part != NULL) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    const ssize_t bytes = readlink(link, path, sizeof path - 1);
    path[bytes < 0 ? 0 : bytes] = '\0';
    hit = strstr(path, part) != NULL;
  }
  errno = hit ? code : before;
  return hit;
}

ssize_t write(int fd, const void* from, size_t bytes) {
  return breaks("BROKEN_WRITE", fd, EIO) ? -1 : syscall(SYS_write, fd, from, bytes);
}
ssize_t pread64(int fd, void* to, size_t bytes, off64_t at) {
  return breaks("BROKEN_READ", fd, EIO) ? -1 : syscall(SYS_pread64, fd, to, bytes, at);
}
ssize_t pread(int fd, void* to, size_t bytes, off_t at) { return pread64(fd, to, bytes, at); }
ssize_t pwrite64(int fd, const void* from, size_t bytes, off64_t at) {
  return breaks("BROKEN_WRITE", fd, EIO) ? -1 : syscall(SYS_pwrite64, fd, from, bytes, at);
}
ssize_t pwrite(int fd, const void* from, size_t bytes, off_t at) { return pwrite64(fd, from, bytes, at); }
int ftruncate64(int fd, off64_t bytes) { return breaks("BROKEN_WRITE", fd, EIO) ? -1 : (int)syscall(SYS_ftruncate, fd, bytes); }
int ftruncate(int fd, off_t bytes) { return ftruncate64(fd, bytes); }
static int synced(int fd, int call) {
  if (breaks("BROKEN_SLOW", fd, 0)) sleep(4);
  return breaks("BROKEN_SYNC", fd, EIO) ? -1 : (int)syscall(call, fd);
}
int fsync(int fd) { return synced(fd, SYS_fsync); }
int fdatasync(int fd) { return synced(fd, SYS_fdatasync); }
int fallocate64(int fd, int mode, off64_t at, off64_t bytes) {
  return breaks("BROKEN_ALLOC", fd, EOPNOTSUPP) ? -1 : (int)syscall(SYS_fallocate, fd, mode, at, bytes);
}
int fallocate(int fd, int mode, off_t at, off_t bytes) { return fallocate64(fd, mode, at, bytes); }
void* mmap64(void* to, size_t bytes, int protection, int flags, int fd, off64_t at) {
  if ((flags & MAP_SHARED) != 0 && breaks("BROKEN_MAP", fd, ENODEV)) return MAP_FAILED;
  return (void*)syscall(SYS_mmap, to, bytes, protection, flags, fd, at);
}
void* mmap(void* to, size_t bytes, int protection, int flags, int fd, off_t at) {
  return mmap64(to, bytes, protection, flags, fd, at);
}
int statfs64(const char* path, struct statfs64* facts) {
  const int result = (int)syscall(SYS_statfs, path, facts);
  if (result == 0 && breaking("BROKEN_NETWORK") != NULL) facts->f_type = 0x6969;
  return result;
}
int statfs(const char* path, struct statfs* facts) { return statfs64(path, (struct statfs64*)facts); }
int clock_gettime(clockid_t clock, struct timespec* now) {
  const int result = (int)syscall(SYS_clock_gettime, clock, now);
  const char* path = getenv("BROKEN_CLOCK");
  if (result != 0 || clock != CLOCK_REALTIME || path == NULL) return result;
  char text[32] = "";
  const int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
  if (fd >= 0 && syscall(SYS_read, fd, text, sizeof text - 1) > 0) now->tv_sec += atoll(text);
  if (fd >= 0) syscall(SYS_close, fd);
  return result;
}
