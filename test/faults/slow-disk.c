/* Makes fsync and fdatasync of a process slow, or fail once: FAULT_CONTROL names a file that says "slow <ms>" or "eio". */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int asked(void) {
  const char *path = getenv("FAULT_CONTROL");
  char text[64] = {0};
  int fd, n;
  if (!path || (fd = open(path, O_RDONLY)) < 0) return 0;
  n = (int)read(fd, text, sizeof text - 1);
  close(fd);
  if (n <= 0) return 0;
  if (!strncmp(text, "slow ", 5)) usleep((useconds_t)atoi(text + 5) * 1000);
  if (!strncmp(text, "eio", 3)) {
    unlink(path);
    errno = EIO;
    return -1;
  }
  return 0;
}

int fdatasync(int fd) {
  static int (*real)(int);
  if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
  return asked() ? -1 : real(fd);
}

int fsync(int fd) {
  static int (*real)(int);
  if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
  return asked() ? -1 : real(fd);
}
