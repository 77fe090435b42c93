/*
 * A library that is loaded before libc's and stands between a process and one folder of its disk. What it does is asked for
 * in a file that is mapped into memory (`struct plan`, written by test/support/faulty-disk.ts), so it can be changed while
 * the process runs, by itself or by another one.
 *
 * It sees every call that changes files: SQLite and Node reach all of them through libc. Memory that is mapped (`-shm`) it
 * does not see; after a crash SQLite makes that anew from the WAL.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum { NOTHING, DIE, FREEZE, FAIL, SHORTEN };
enum { WRITE = 1, SYNC = 2, SIZE = 4, MAKE = 8, REMOVE = 16 };
enum { KEPT, LOST, SOME };

struct plan {
  /* What happens, to which kinds of calls, from the which-th on (1 is the next), how often (0: until the plan changes). */
  int64_t what, calls, at, times;
  int64_t error;
  /* Whether half of the bytes of a write arrive before the process dies. */
  int64_t torn;
  /* Where a death is a power cut: what becomes of calls that were not synced, and the seed of the choice. */
  int64_t unsynced, seed;
  /* Whether unsynced calls are remembered; nothing is synced then, since nothing but this library takes power away. */
  int64_t remember;
  /* Told by this library: calls that the plan was about, how often it struck, whether the disk is gone. */
  int64_t seen, struck, frozen;
  /* Calls that succeeded, by kind, on files whose path contains `part`. */
  int64_t writes, syncs, sizes, makes, removes;
  char part[256];
};

static struct plan *plan;
static char tree[PATH_MAX];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

#define NEXT(type, name) ((type)dlsym(RTLD_NEXT, name))
typedef ssize_t (*pwrite_type)(int, const void *, size_t, off_t);
typedef int (*ftruncate_type)(int, off_t);
typedef int (*open_type)(const char *, int, ...);

__attribute__((constructor)) static void begin(void) {
  const char *file = getenv("FAULTS"), *folder = getenv("FAULTY_TREE");
  if (file == NULL || folder == NULL || strlen(folder) >= sizeof tree) return;
  strcpy(tree, folder);
  int fd = NEXT(open_type, "open")(file, O_RDWR);
  if (fd < 0) return;
  void *mapped = mmap(NULL, sizeof *plan, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  if (mapped != MAP_FAILED) plan = mapped;
}

/* A call that is not on disk yet, with what stood there before and after it. */
struct call {
  struct call *next, *before;
  char path[PATH_MAX];
  dev_t device;
  ino_t file;
  int is_size;
  off_t at, old_size, new_size;
  size_t length, old_length;
  char *old_bytes, *new_bytes;
};
static struct call *first, *last;

static void forget(struct call *call) {
  *(call->before ? &call->before->next : &first) = call->next;
  *(call->next ? &call->next->before : &last) = call->before;
  free(call->old_bytes);
  free(call->new_bytes);
  free(call);
}

static void forget_file(int fd) {
  struct stat of;
  if (fstat(fd, &of) != 0) return;
  for (struct call *call = first, *next; call; call = next) {
    next = call->next;
    if (call->device == of.st_dev && call->file == of.st_ino) forget(call);
  }
}

/* Of a file that is gone, or was cleared away by another process and is made anew. */
static void forget_path(const char *path) {
  for (struct call *call = first, *next; call; call = next) {
    next = call->next;
    if (strcmp(call->path, path) == 0) forget(call);
  }
}

static char *copy_of(const void *bytes, size_t length) {
  char *copy = malloc(length + 1);
  if (copy == NULL) abort();
  memcpy(copy, bytes, length);
  return copy;
}

static void remember(int fd, const char *path, int is_size, const void *data, size_t length, off_t at) {
  struct stat of;
  size_t suffix = strlen(path);
  if (fstat(fd, &of) != 0 || !S_ISREG(of.st_mode)) return;
  /* The index of the WAL is mapped by others: it does not shrink under them. */
  if (suffix > 4 && strcmp(path + suffix - 4, "-shm") == 0) return;
  struct call *call = calloc(1, sizeof *call);
  if (call == NULL) abort();
  strcpy(call->path, path);
  call->device = of.st_dev;
  call->file = of.st_ino;
  call->is_size = is_size;
  call->at = at;
  call->old_size = of.st_size;
  call->new_size = is_size ? at : of.st_size > at + (off_t)length ? of.st_size : at + (off_t)length;
  call->length = length;
  off_t end = is_size ? of.st_size : at + (off_t)length < of.st_size ? at + (off_t)length : of.st_size;
  call->old_length = end > at ? (size_t)(end - at) : 0;
  call->old_bytes = malloc(call->old_length + 1);
  if (call->old_bytes == NULL) abort();
  if (call->old_length > 0 && pread(fd, call->old_bytes, call->old_length, at) != (ssize_t)call->old_length) abort();
  call->new_bytes = is_size ? NULL : copy_of(data, length);
  call->before = last;
  *(last ? &last->next : &first) = call;
  last = call;
}

static int chosen(uint64_t *state) {
  /* splitmix64 */
  uint64_t z = (*state += 0x9e3779b97f4a7c15ull);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
  return ((z ^ (z >> 31)) >> 32) & 1;
}

static void put(const struct call *call, int old) {
  int fd = NEXT(open_type, "open")(call->path, O_RDWR);
  if (fd < 0) return;
  const char *bytes = old ? call->old_bytes : call->new_bytes;
  size_t length = old ? call->old_length : call->length;
  if (!old && call->is_size) length = 0;
  if (old || call->is_size) {
    if (NEXT(ftruncate_type, "ftruncate")(fd, old ? call->old_size : call->new_size) != 0) abort();
  }
  if (length > 0 && NEXT(pwrite_type, "pwrite")(fd, bytes, length, call->at) != (ssize_t)length) abort();
  close(fd);
}

/* The power is cut: calls that were not synced may have reached the disk or not, in any order. */
static void cut_power(void) {
  if (plan->unsynced != KEPT) {
    for (struct call *call = last; call; call = call->before) put(call, 1);
    uint64_t state = (uint64_t)plan->seed;
    if (plan->unsynced == SOME)
      for (struct call *call = first; call; call = call->next)
        if (chosen(&state)) put(call, 0);
  }
  while (first) forget(first);
}

static int in_tree(const char *path) {
  size_t length = strlen(tree);
  return plan != NULL && strncmp(path, tree, length) == 0 && (path[length] == '/' || path[length] == 0);
}

/* The path behind a descriptor, where it is one of the tree. */
static int path_of(int fd, char *path) {
  char link[64];
  if (plan == NULL) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, PATH_MAX - 1);
  if (length <= 0) return 0;
  path[length] = 0;
  return in_tree(path);
}

static int of_part(const char *path) { return strstr(path, plan->part) != NULL; }

/* What is to happen to a call: NOTHING, FAIL (errno is set), SHORTEN, or, for a write that is torn first, DIE or FREEZE. */
static int verdict(int kind, const char *path) {
  if (plan->frozen) return errno = EIO, FAIL;
  int64_t what = __atomic_load_n(&plan->what, __ATOMIC_ACQUIRE);
  if (what == NOTHING || !(plan->calls & kind) || !of_part(path)) return NOTHING;
  int64_t seen = ++plan->seen;
  if (seen < plan->at || (plan->times != 0 && seen >= plan->at + plan->times)) return NOTHING;
  plan->struck++;
  if (what == FAIL) errno = (int)plan->error;
  return (int)what;
}

static int end_here(int what) {
  if (what == FREEZE) plan->frozen = 1;
  cut_power();
  /* The lock is held: nothing else reaches the disk any more. */
  if (what == DIE) for (kill(getpid(), SIGKILL);;) pause();
  return errno = EIO, -1;
}

static void done(int64_t *count, const char *path) {
  if (of_part(path)) ++*count;
}

static ssize_t write_at(int fd, const char *path, const void *data, size_t size, off_t at) {
  if (plan->remember) remember(fd, path, 0, data, size, at);
  ssize_t result = NEXT(pwrite_type, "pwrite")(fd, data, size, at);
  if (result >= 0) done(&plan->writes, path);
  return result;
}

/* at < 0: where the descriptor stands. */
static ssize_t write_in_tree(int fd, const char *path, const void *data, size_t size, off_t at) {
  pthread_mutex_lock(&lock);
  int what = verdict(WRITE, path);
  ssize_t result = -1;
  int streaming = at < 0;
  if (streaming) {
    struct stat of;
    int append = fcntl(fd, F_GETFL) & O_APPEND;
    at = append && fstat(fd, &of) == 0 ? of.st_size : lseek(fd, 0, SEEK_CUR);
  }
  switch (what) {
  case FAIL:
    break;
  case DIE:
  case FREEZE:
    if (plan->torn && size > 1) write_at(fd, path, data, size / 2, at);
    result = end_here(what);
    break;
  case SHORTEN:
    if (size > 1) size /= 2;
    /* fall through */
  default:
    result = write_at(fd, path, data, size, at);
    if (streaming && result > 0) lseek(fd, at + result, SEEK_SET);
  }
  int error = errno;
  pthread_mutex_unlock(&lock);
  errno = error;
  return result;
}

static ssize_t write_parts(int fd, const char *path, const struct iovec *parts, int count, off_t at) {
  size_t size = 0, filled = 0;
  for (int i = 0; i < count; i++) size += parts[i].iov_len;
  char *all = malloc(size + 1);
  if (all == NULL) abort();
  for (int i = 0; i < count; filled += parts[i++].iov_len) memcpy(all + filled, parts[i].iov_base, parts[i].iov_len);
  ssize_t result = write_in_tree(fd, path, all, size, at);
  int error = errno;
  free(all);
  errno = error;
  return result;
}

#define WRITING(name, arguments, values, instead) \
  ssize_t name arguments { \
    char path[PATH_MAX]; \
    return path_of(fd, path) ? instead : NEXT(ssize_t(*) arguments, #name) values; \
  }
WRITING(write, (int fd, const void *data, size_t size), (fd, data, size), write_in_tree(fd, path, data, size, -1))
WRITING(pwrite, (int fd, const void *data, size_t size, off_t at), (fd, data, size, at),
        write_in_tree(fd, path, data, size, at))
WRITING(pwrite64, (int fd, const void *data, size_t size, off_t at), (fd, data, size, at),
        write_in_tree(fd, path, data, size, at))
WRITING(writev, (int fd, const struct iovec *parts, int count), (fd, parts, count),
        write_parts(fd, path, parts, count, -1))
WRITING(pwritev, (int fd, const struct iovec *parts, int count, off_t at), (fd, parts, count, at),
        write_parts(fd, path, parts, count, at))
WRITING(pwritev64, (int fd, const struct iovec *parts, int count, off_t at), (fd, parts, count, at),
        write_parts(fd, path, parts, count, at))

/* Everything that is no write, in one shape: `doing` is the call itself. */
#define GUARDED(kind, counter, path, doing) \
  ({ \
    pthread_mutex_lock(&lock); \
    int what = verdict(kind, path), result = -1; \
    if (what == DIE || what == FREEZE) result = end_here(what); \
    else if (what != FAIL) { \
      result = doing; \
      if (result >= 0) done(&plan->counter, path); \
    } \
    int error = errno; \
    pthread_mutex_unlock(&lock); \
    errno = error; \
    result; \
  })

static int sync_file(int fd, const char *name) {
  if (!plan->remember) return NEXT(int (*)(int), name)(fd);
  forget_file(fd);
  return 0;
}

#define SYNCING(name) \
  int name(int fd) { \
    char path[PATH_MAX]; \
    return path_of(fd, path) ? GUARDED(SYNC, syncs, path, sync_file(fd, #name)) : NEXT(int (*)(int), #name)(fd); \
  }
SYNCING(fsync)
SYNCING(fdatasync)

static int size_file(int fd, const char *path, off_t size) {
  if (plan->remember) remember(fd, path, 1, NULL, 0, size);
  return NEXT(ftruncate_type, "ftruncate")(fd, size);
}

#define SIZING(name) \
  int name(int fd, off_t size) { \
    char path[PATH_MAX]; \
    return path_of(fd, path) ? GUARDED(SIZE, sizes, path, size_file(fd, path, size)) \
                             : NEXT(ftruncate_type, #name)(fd, size); \
  }
SIZING(ftruncate)
SIZING(ftruncate64)

#define OPENING(name) \
  int name(const char *path, int flags, ...) { \
    va_list rest; \
    va_start(rest, flags); \
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0; \
    va_end(rest); \
    open_type next = NEXT(open_type, #name); \
    if (!(flags & O_CREAT) || !in_tree(path) || access(path, F_OK) == 0) return next(path, flags, mode); \
    return GUARDED(MAKE, makes, path, (forget_path(path), next(path, flags, mode))); \
  }
OPENING(open)
OPENING(open64)

int mkdir(const char *path, mode_t mode) {
  int (*next)(const char *, mode_t) = NEXT(int (*)(const char *, mode_t), "mkdir");
  if (!in_tree(path) || access(path, F_OK) == 0) return next(path, mode);
  return GUARDED(MAKE, makes, path, next(path, mode));
}

static int remove_file(int (*next)(const char *), const char *path) {
  int result = next(path);
  if (result == 0) forget_path(path);
  return result;
}

int unlink(const char *path) {
  int (*next)(const char *) = NEXT(int (*)(const char *), "unlink");
  return in_tree(path) ? GUARDED(REMOVE, removes, path, remove_file(next, path)) : next(path);
}

static int move(int (*next)(const char *, const char *), const char *from, const char *to) {
  int result = next(from, to);
  if (result == 0)
    for (struct call *call = first; call; call = call->next)
      if (strcmp(call->path, from) == 0) strcpy(call->path, to);
  return result;
}

#define NAMING(name) \
  int name(const char *from, const char *to) { \
    int (*next)(const char *, const char *) = NEXT(int (*)(const char *, const char *), #name); \
    return in_tree(to) ? GUARDED(MAKE, makes, to, move(next, from, to)) : next(from, to); \
  }
NAMING(rename)
NAMING(link)
