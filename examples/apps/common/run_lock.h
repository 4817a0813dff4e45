// A folder of results belongs to one run at a time.
#pragma once

#include <cstddef>
#include <filesystem>

namespace backflow {

class RunLock {
 public:
  /// Locks FOLDER/run.lock, which says host, process and start of the run, and removes temporary files that dead runs
  /// left in the folder. Throws an Error that names the other run if there is one; the lock of a run that was killed is
  /// taken over, with a warning. A folder that cannot be written, or whose file system has no locks, stays unlocked.
  explicit RunLock(const std::filesystem::path& folder);
  /// Removes the file.
  ~RunLock();
  RunLock(const RunLock&) = delete;
  RunLock& operator=(const RunLock&) = delete;

 private:
  bool take();

  std::filesystem::path file_;
  int descriptor_ = -1;
};

/// Lets the process hold that many locks, each of which is an open file. Throws a UsageError where the system does not.
void allow_run_locks(std::size_t count);

}  // namespace backflow
