/* Counts what each thread asks of the kernel and of the allocator. Preloaded into aigw; at the end it writes one line a
 * thread to the file that PATH_COUNTER names: "NAME=COUNT NAME=COUNT ...". glibc only. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum { ALLOCATIONS, RECV, RECV_EMPTY, SEND, EPOLL_WAIT, EPOLL_CTL, WRITE, SYNC, KINDS };
static const char *const kNames[KINDS] = {"allocations", "recv", "recv_empty", "send", "epoll_wait", "epoll_ctl", "write", "sync"};

enum { THREADS_MAX = 64 };
static unsigned long counts[THREADS_MAX][KINDS];
static int threads;
static __thread int mine;

static void count(int kind) {
  if (mine == 0) mine = 1 + __atomic_fetch_add(&threads, 1, __ATOMIC_RELAXED);
  if (mine <= THREADS_MAX) counts[mine - 1][kind]++;
}

#define REAL(name) \
  static __typeof__(&name) real; \
  if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);
void *malloc(size_t size) { count(ALLOCATIONS); return __libc_malloc(size); }
void *calloc(size_t n, size_t size) { count(ALLOCATIONS); return __libc_calloc(n, size); }
void *realloc(void *old, size_t size) { count(ALLOCATIONS); return __libc_realloc(old, size); }
void *aligned_alloc(size_t alignment, size_t size) { count(ALLOCATIONS); return __libc_memalign(alignment, size); }

ssize_t recv(int fd, void *to, size_t size, int flags) {
  REAL(recv);
  ssize_t got = real(fd, to, size, flags);
  count(got >= 0 ? RECV : RECV_EMPTY);
  return got;
}
ssize_t recvmsg(int fd, struct msghdr *message, int flags) {
  REAL(recvmsg);
  ssize_t got = real(fd, message, flags);
  count(got >= 0 ? RECV : RECV_EMPTY);
  return got;
}
ssize_t send(int fd, const void *from, size_t size, int flags) { REAL(send); count(SEND); return real(fd, from, size, flags); }
ssize_t sendmsg(int fd, const struct msghdr *message, int flags) { REAL(sendmsg); count(SEND); return real(fd, message, flags); }
int epoll_wait(int fd, struct epoll_event *events, int size, int timeout) {
  REAL(epoll_wait); count(EPOLL_WAIT); return real(fd, events, size, timeout);
}
int epoll_ctl(int fd, int what, int on, struct epoll_event *event) { REAL(epoll_ctl); count(EPOLL_CTL); return real(fd, what, on, event); }
ssize_t write(int fd, const void *from, size_t size) { REAL(write); count(WRITE); return real(fd, from, size); }
ssize_t pwrite(int fd, const void *from, size_t size, off_t at) { REAL(pwrite); count(WRITE); return real(fd, from, size, at); }
ssize_t pwrite64(int fd, const void *from, size_t size, off64_t at) { REAL(pwrite64); count(WRITE); return real(fd, from, size, at); }
ssize_t writev(int fd, const struct iovec *pieces, int n) { REAL(writev); count(WRITE); return real(fd, pieces, n); }
int fdatasync(int fd) { REAL(fdatasync); count(SYNC); return real(fd); }
int fsync(int fd) { REAL(fsync); count(SYNC); return real(fd); }

__attribute__((destructor)) static void report(void) {
  const char *path = getenv("PATH_COUNTER");
  FILE *out = path ? fopen(path, "w") : NULL;
  if (!out) return;
  for (int i = 0; i < threads && i < THREADS_MAX; ++i) {
    for (int kind = 0; kind < KINDS; ++kind) fprintf(out, "%s%s=%lu", kind ? " " : "", kNames[kind], counts[i][kind]);
    fputc('\n', out);
  }
  fclose(out);
}
