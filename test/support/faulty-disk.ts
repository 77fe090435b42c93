import { execFileSync } from 'node:child_process';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * A library that is loaded before libc's. For files of the data folder whose path contains what the file of that name says,
 * `enospc` leaves no room for anything that is written or made, `eio-write` breaks every write, and `eio-sync` every sync.
 */
const SOURCE = `
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#define NEXT(type, name) ((type)dlsym(RTLD_NEXT, name))

static int applies(const char *fault, const char *file) {
  char path[PATH_MAX], part[256];
  const char *tree = getenv("FAULTY_TREE");
  if (tree == NULL || strncmp(file, tree, strlen(tree)) != 0) return 0;
  if (snprintf(path, sizeof path, "%s/%s", getenv("FAULTS"), fault) >= (int)sizeof path) return 0;
  int fd = NEXT(int (*)(const char *, int), "open")(path, O_RDONLY);
  if (fd < 0) return 0;
  ssize_t length = read(fd, part, sizeof part - 1);
  close(fd);
  if (length < 0) return 0;
  part[length] = 0;
  return strstr(file, part) != NULL;
}

static int applies_to(const char *fault, int fd) {
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length <= 0) return 0;
  path[length] = 0;
  return applies(fault, path);
}

static int fails(int fd) {
  if (applies_to("enospc", fd)) return errno = ENOSPC;
  if (applies_to("eio-write", fd)) return errno = EIO;
  return 0;
}

#define WRITING(name, arguments, values) \\
  ssize_t name arguments { return fails(fd) ? -1 : NEXT(ssize_t (*) arguments, #name) values; }
WRITING(write, (int fd, const void *data, size_t size), (fd, data, size))
WRITING(writev, (int fd, const struct iovec *parts, int count), (fd, parts, count))
WRITING(pwrite, (int fd, const void *data, size_t size, off_t at), (fd, data, size, at))
WRITING(pwrite64, (int fd, const void *data, size_t size, off_t at), (fd, data, size, at))
WRITING(pwritev, (int fd, const struct iovec *parts, int count, off_t at), (fd, parts, count, at))
WRITING(pwritev64, (int fd, const struct iovec *parts, int count, off_t at), (fd, parts, count, at))

#define SYNCING(name) \\
  int name(int fd) { \\
    if (applies_to("eio-sync", fd)) { errno = EIO; return -1; } \\
    return NEXT(int (*)(int), #name)(fd); \\
  }
SYNCING(fsync)
SYNCING(fdatasync)

#define OPENING(name) \\
  int name(const char *path, int flags, ...) { \\
    va_list rest; \\
    va_start(rest, flags); \\
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0; \\
    va_end(rest); \\
    if ((flags & O_CREAT) && access(path, F_OK) != 0 && applies("enospc", path)) { errno = ENOSPC; return -1; } \\
    return NEXT(int (*)(const char *, int, ...), #name)(path, flags, mode); \\
  }
OPENING(open)
OPENING(open64)

int mkdir(const char *path, mode_t mode) {
  if (access(path, F_OK) != 0 && applies("enospc", path)) { errno = ENOSPC; return -1; }
  return NEXT(int (*)(const char *, mode_t), "mkdir")(path, mode);
}
`;

export type Fault = 'enospc' | 'eio-write' | 'eio-sync';

/** A data folder, and beside it the switches that make the disk under it fail for a server that runs in `env`. */
export class FaultyDisk {
  private readonly root = mkdtempSync(join(tmpdir(), 'countersign-faults-'));
  readonly folder = join(this.root, 'data');
  readonly env: Readonly<Record<string, string>>;

  constructor() {
    const [source, library] = [join(this.root, 'faults.c'), join(this.root, 'faults.so')];
    writeFileSync(source, SOURCE);
    execFileSync('cc', ['-shared', '-fPIC', '-O1', '-o', library, source, '-ldl'], { stdio: 'pipe' });
    this.env = { LD_PRELOAD: library, FAULTS: this.root, FAULTY_TREE: this.folder };
  }

  /** Runs `work` while files whose path contains `part` fail. */
  async during<T>(fault: Fault, part: string, work: () => Promise<T>): Promise<T> {
    const file = join(this.root, fault);
    writeFileSync(`${file}.new`, part);
    renameSync(`${file}.new`, file);
    try {
      return await work();
    } finally {
      rmSync(file);
    }
  }

  dispose(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
