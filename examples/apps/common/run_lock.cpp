#include "examples/apps/common/run_lock.h"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>
#include <string>
#include <utility>

#include <backflow/graph/error.h>
#include <backflow/runtime/files/parse_number.h>
#include <backflow/runtime/log/message.h>
#include "examples/apps/common/program.h"

namespace backflow {
namespace {

namespace fs = std::filesystem;

constexpr int kDeepest = 2;  // folders of folders in which a run writes

std::string description() {
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0) host = {"?"};
  return fmt::format("process {} on {}, started {:%F %T} UTC", ::getpid(), host.data(),
                     fmt::gmtime(std::time(nullptr)));
}

/// What the lock file says, made fit for a terminal; empty if it is empty.
std::string written_in(int descriptor) {
  std::array<char, 400> text{};
  const auto length = ::pread(descriptor, text.data(), text.size(), 0);
  std::string result(text.data(), length > 0 ? static_cast<std::size_t>(length) : 0);
  result.resize(std::min(result.size(), result.find('\n')));
  for (char& c : result)
    if (static_cast<unsigned char>(c) < ' ') c = '?';
  return result;
}

/// Whether the file is still the one that has the name.
bool is_at(int descriptor, const fs::path& file) {
  struct stat mine {
  }, its{};
  return ::fstat(descriptor, &mine) == 0 && ::stat(file.c_str(), &its) == 0 && mine.st_ino == its.st_ino &&
         mine.st_dev == its.st_dev;
}

/// Whether it is a NAME.PROCESS.NUMBER.tmp of a process that is gone. Another one may have had this one's number.
bool is_abandoned(const fs::directory_entry& entry) {
  static const auto begin = fs::file_time_type::clock::now();
  const std::string name = entry.path().filename().string();
  std::error_code error;
  if (!name.ends_with(".tmp") || !entry.is_regular_file(error)) return false;
  const fs::path inner = entry.path().stem();
  pid_t process = 0;
  int number = 0;
  const auto digits = [](const fs::path& p) { return p.extension().string().substr(p.has_extension() ? 1 : 0); };
  if (!files::read_number(digits(inner), number) || !files::read_number(digits(inner.stem()), process) || process <= 0)
    return false;
  if (process == ::getpid()) return entry.last_write_time(error) < begin && !error;
  return ::kill(process, 0) != 0 && errno == ESRCH;
}

void remove_abandoned(const fs::path& folder) {
  std::error_code ignored;
  fs::recursive_directory_iterator files(folder, fs::directory_options::skip_permission_denied, ignored);
  for (; files != fs::recursive_directory_iterator(); files.increment(ignored)) {
    if (files.depth() >= kDeepest) files.disable_recursion_pending();
    if (!is_abandoned(*files)) continue;
    std::error_code error;
    if (fs::remove(files->path(), error))
      log::message(log::Level::info, "removed ", files->path().string(), ", which a run that was killed left");
  }
}

}  // namespace

RunLock::RunLock(const fs::path& folder) : file_(folder / "run.lock") {
  while (!take()) {
  }
  if (descriptor_ < 0) return;
  const std::string before = written_in(descriptor_), mine = description() + "\n";
  if (!before.empty())
    log::message(log::Level::warning, "took over '", folder.string(), "' from a run that was killed: ", before);
  // On a full disk the lock holds without a word.
  if (::ftruncate(descriptor_, 0) != 0 || ::pwrite(descriptor_, mine.data(), mine.size(), 0) < 0)
    log::message(log::Level::info, "cannot write ", file_.string(), ": ", std::strerror(errno));
  remove_abandoned(folder);
}

/// False if the file was removed by its owner in between.
bool RunLock::take() {
  descriptor_ = ::open(file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
  if (descriptor_ < 0) return true;
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) == 0) {
    if (is_at(descriptor_, file_)) return true;
    ::close(descriptor_);
    return false;
  }
  const bool taken = errno == EWOULDBLOCK;
  const std::string by = written_in(descriptor_);
  ::close(std::exchange(descriptor_, -1));
  require(!taken, "'", file_.parent_path().string(), "' is in use by another run", by.empty() ? "" : str_cat(": ", by),
          "; wait for its end or choose another folder");
  return true;
}

void allow_run_locks(std::size_t count) {
  constexpr rlim_t others = 256;  // open files besides
  rlimit limit{};
  const rlim_t wanted = count + others;
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted) return;
  if (wanted > limit.rlim_max)
    throw UsageError(str_cat(count, " jobs need ", wanted, " open files, the system allows ", limit.rlim_max,
                             " (ulimit -Hn); make several lists of them"));
  limit.rlim_cur = wanted;
  require(::setrlimit(RLIMIT_NOFILE, &limit) == 0, "cannot open ", wanted, " files: ", std::strerror(errno));
}

RunLock::~RunLock() {
  if (descriptor_ < 0) return;
  ::unlink(file_.c_str());
  ::close(descriptor_);
}

}  // namespace backflow
