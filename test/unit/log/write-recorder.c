// Preloaded into a process, it records every positioned write and every sync of files named data.mdb, and plain writes to files named
// acks, in the order they happen: struct entry | path | data. From that, a test makes what a power cut could have left on the disk.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

struct entry { uint32_t type, path_len, data_len, durable; uint64_t offset; };
enum { WRITE = 1, SYNC_BEGIN = 2, SYNC_END = 3, ACK = 4 };
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static int path_of(int fd, char *path, const char *name) {
  char link[64] = "/proc/self/fd/", digits[16];
  int n = 0, at = 14;
  do digits[n++] = '0' + fd % 10; while ((fd /= 10) > 0);
  while (n > 0) link[at++] = digits[--n];
  link[at] = 0;
  ssize_t len = readlink(link, path, 4095);
  size_t name_len = strlen(name);
  return len > (ssize_t)name_len && memcmp(path + len - name_len, name, name_len) == 0 ? (int)len : 0;
}

static void record(uint32_t type, const char *path, int path_len, const struct iovec *data, int count, uint64_t offset, int durable) {
  static int journal = -1;
  struct entry e = { type, path_len, 0, durable, offset };
  struct iovec parts[66] = { { &e, sizeof e }, { (void *)path, path_len } };
  for (int i = 0; i < count; i++) { parts[i + 2] = data[i]; e.data_len += data[i].iov_len; }
  pthread_mutex_lock(&lock);
  if (journal < 0) journal = open(getenv("WRITE_JOURNAL"), O_CREAT | O_APPEND | O_WRONLY, 0600);
  syscall(SYS_writev, journal, parts, count + 2);
  pthread_mutex_unlock(&lock);
}

static void record_write(int fd, const struct iovec *data, int count, uint64_t offset) {
  char path[4096];
  int len = path_of(fd, path, "/data.mdb");
  if (len) record(WRITE, path, len, data, count, offset, (fcntl(fd, F_GETFL) & O_DSYNC) != 0);
}

ssize_t pwrite64(int fd, const void *data, size_t len, off64_t offset) {
  static ssize_t (*real)(int, const void *, size_t, off64_t);
  if (!real) real = dlsym(RTLD_NEXT, "pwrite64");
  ssize_t done = real(fd, data, len, offset);
  struct iovec part = { (void *)data, len };
  if (done > 0) record_write(fd, &part, 1, offset);
  return done;
}

ssize_t writev(int fd, const struct iovec *data, int count) {
  static ssize_t (*real)(int, const struct iovec *, int);
  if (!real) real = dlsym(RTLD_NEXT, "writev");
  off64_t offset = lseek64(fd, 0, SEEK_CUR);
  ssize_t done = real(fd, data, count);
  if (done > 0 && count <= 64) record_write(fd, data, count, offset);
  return done;
}

ssize_t write(int fd, const void *data, size_t len) {
  static ssize_t (*real)(int, const void *, size_t);
  if (!real) real = dlsym(RTLD_NEXT, "write");
  char path[4096];
  off64_t offset = lseek64(fd, 0, SEEK_CUR);
  ssize_t done = real(fd, data, len);
  struct iovec part = { (void *)data, len };
  int path_len = path_of(fd, path, "/acks");
  if (path_len) record(ACK, path, path_len, &part, 1, 0, 0);
  else if (done > 0) record_write(fd, &part, 1, offset);
  return done;
}

static int synced(int fd, const char *name) {
  char path[4096];
  int (*real)(int) = dlsym(RTLD_NEXT, name);
  int len = path_of(fd, path, "/data.mdb");
  if (len) record(SYNC_BEGIN, path, len, NULL, 0, 0, 0);
  int result = real(fd);
  if (len && result == 0) record(SYNC_END, path, len, NULL, 0, 0, 0);
  return result;
}
int fdatasync(int fd) { return synced(fd, "fdatasync"); }
int fsync(int fd) { return synced(fd, "fsync"); }
