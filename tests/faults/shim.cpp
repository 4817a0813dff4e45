// For LD_PRELOAD: fails the n-th call that writes into a folder, as a full or broken disk does.
//
//   FAULT_FOLDER   the folder; calls about other files are left alone
//   FAULT_AT       n, 1 for the first call to open, write, fsync or rename
//   FAULT_KIND     ENOSPC, EIO or EDQUOT for that call alone; short: a write of half the bytes, which is no error;
//                  full: half of it is written, and all later calls fail with ENOSPC
//   FAULT_REPORT   a file that is made when the call was met
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdlib>
#include <cstring>

namespace {

constexpr int kDescriptors = 4096;

std::array<std::atomic<bool>, kDescriptors> watched;  // descriptors of files in the folder
std::atomic<long> calls{0};
const char *folder, *kind, *report;
long at;
std::atomic<bool> is_full{false};

__attribute__((constructor)) void begin() {
  folder = std::getenv("FAULT_FOLDER");
  kind = std::getenv("FAULT_KIND");
  report = std::getenv("FAULT_REPORT");
  const char* number = std::getenv("FAULT_AT");
  at = number ? std::atol(number) : 0;
  unsetenv("LD_PRELOAD");  // not for the programs that this one starts
}

bool is_kind(const char* name) { return kind && std::strcmp(kind, name) == 0; }

bool is_inside(const char* path) { return folder && std::strncmp(path, folder, std::strlen(folder)) == 0; }

bool is_watched(int descriptor) { return descriptor >= 0 && descriptor < kDescriptors && watched[descriptor]; }

/// Whether this call is the one.
bool is_due() {
  if (++calls != at) return false;
  const long made = syscall(SYS_openat, AT_FDCWD, report, O_CREAT | O_WRONLY, 0666);
  if (made >= 0) syscall(SYS_close, made);
  is_full = is_kind("full");
  return true;
}

/// Whether the call fails; then errno says why.
bool fails() {
  const bool due = is_due();
  if (is_kind("short") || !(due || is_full)) return false;
  errno = is_kind("EIO") ? EIO : is_kind("EDQUOT") ? EDQUOT : ENOSPC;
  return true;
}

int open_at(int where, const char* path, int flags, mode_t mode) {
  const bool counts = (flags & (O_WRONLY | O_RDWR)) != 0 && is_inside(path);
  if (counts && fails()) return -1;
  const int descriptor = static_cast<int>(syscall(SYS_openat, where, path, flags, mode));
  if (descriptor >= 0 && descriptor < kDescriptors) watched[descriptor] = counts;
  return descriptor;
}

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const mode_t mode = va_arg(more, mode_t);
  va_end(more);
  return open_at(AT_FDCWD, path, flags, mode);
}

int open64(const char* path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const mode_t mode = va_arg(more, mode_t);
  va_end(more);
  return open_at(AT_FDCWD, path, flags, mode);
}

ssize_t write(int descriptor, const void* bytes, size_t count) {
  if (is_watched(descriptor)) {
    const bool was_full = is_full, due = is_due();
    if (due && (is_kind("short") || is_kind("full")) && count > 1)
      return syscall(SYS_write, descriptor, bytes, count / 2);
    if (was_full || (due && !is_kind("short"))) {
      errno = is_kind("EIO") ? EIO : is_kind("EDQUOT") ? EDQUOT : ENOSPC;
      return -1;
    }
  }
  return syscall(SYS_write, descriptor, bytes, count);
}

int fsync(int descriptor) {
  if (is_watched(descriptor) && fails()) return -1;
  return static_cast<int>(syscall(SYS_fsync, descriptor));
}

int rename(const char* from, const char* to) {
  if (is_inside(to) && fails()) return -1;
  return static_cast<int>(syscall(SYS_renameat, AT_FDCWD, from, AT_FDCWD, to));
}

int close(int descriptor) {
  if (descriptor >= 0 && descriptor < kDescriptors) watched[descriptor] = false;
  return static_cast<int>(syscall(SYS_close, descriptor));
}
}
