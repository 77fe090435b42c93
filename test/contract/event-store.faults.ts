import { execFileSync, spawnSync } from 'node:child_process';
import { rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A library that is loaded before libc's and makes the WAL fail on demand: `sync-eio` in its folder makes every sync
 * fail, `sync-eio-once` the next one, `write-enospc` every write. Each sync that succeeds adds a byte to `syncs`.
 */
const SOURCE = `
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static int path_of(char *path, size_t size, const char *name) {
  const char *folder = getenv("FAULTS");
  return folder != NULL && snprintf(path, size, "%s/%s", folder, name) < (int)size;
}

static int asked_for(const char *name) {
  char path[4096];
  return path_of(path, sizeof path, name) && access(path, F_OK) == 0;
}

static int asked_for_once(const char *name) {
  char path[4096];
  return path_of(path, sizeof path, name) && unlink(path) == 0;
}

static int is_wal(int fd) {
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path);
  return length > 4 && memcmp(path + length - 4, "-wal", 4) == 0;
}

static void count(void) {
  char path[4096];
  if (!path_of(path, sizeof path, "syncs")) return;
  int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
  if (write(fd, ".", 1) != 1) abort();
  close(fd);
}

static int sync_by(const char *name, int fd) {
  int (*next)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
  if (!is_wal(fd)) return next(fd);
  if (asked_for_once("sync-eio-once") || asked_for("sync-eio")) {
    errno = EIO;
    return -1;
  }
  int result = next(fd);
  if (result == 0) count();
  return result;
}

int fsync(int fd) { return sync_by("fsync", fd); }
int fdatasync(int fd) { return sync_by("fdatasync", fd); }

typedef ssize_t (*pwrite_type)(int, const void *, size_t, off_t);
static ssize_t pwrite_by(const char *name, int fd, const void *data, size_t size, off_t offset) {
  if (is_wal(fd) && asked_for("write-enospc")) {
    errno = ENOSPC;
    return -1;
  }
  return ((pwrite_type)dlsym(RTLD_NEXT, name))(fd, data, size, offset);
}
ssize_t pwrite(int fd, const void *data, size_t size, off_t offset) { return pwrite_by("pwrite", fd, data, size, offset); }
ssize_t pwrite64(int fd, const void *data, size_t size, off_t offset) { return pwrite_by("pwrite64", fd, data, size, offset); }
`;

export type Fault = 'sync-eio' | 'sync-eio-once' | 'write-enospc';

/** Why faults cannot be injected here, in plain words. */
export const noFaults: string | undefined = (() => {
  if (process.platform !== 'linux') return 'faults are injected on Linux only';
  return spawnSync('cc', ['--version']).status === 0 ? undefined : 'no C compiler';
})();

/** Compiles the library into a folder and answers the environment of a process that runs under it. */
export function faultyEnvironment(folder: string): Record<string, string> {
  const source = join(folder, 'faults.c');
  const library = join(folder, 'faults.so');
  writeFileSync(source, SOURCE);
  execFileSync('cc', ['-shared', '-fPIC', '-O1', '-o', library, source, '-ldl'], {
    stdio: 'pipe',
  });
  return { LD_PRELOAD: library, FAULTS: folder };
}

const faultFile = (fault: string): string => join(process.env.FAULTS ?? '', fault);

/** In the process that runs under it. */
export const faults = {
  begin: (fault: Fault): void => writeFileSync(faultFile(fault), ''),
  end: (fault: Fault): void => rmSync(faultFile(fault), { force: true }),
  /** Syncs of the WAL that succeeded so far. */
  syncs: (): number => statSync(faultFile('syncs')).size,
};
