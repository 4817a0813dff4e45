// Threads do not survive fork(): what needs them asks whether this is still the process that made it. Internal to
// runtime/.
#pragma once

#include <memory>

namespace backflow {

/// How many times fork() lies between this process and the one that first asked.
unsigned fork_count();

/// Belongs to the process that made it.
class OneProcess {
 public:
  bool is_here() const { return made_in_ == fork_count(); }
  /// Throws an Error in a process that was forked since.
  void require_here() const;

 private:
  unsigned made_in_ = fork_count();
};

/// For destructors: what would wait for threads that a forked process does not have is left undestroyed there.
template <class T>
void leave_if_forked(std::unique_ptr<T>& owned, const OneProcess& process) {
  if (!process.is_here()) static_cast<void>(owned.release());
}

}  // namespace backflow
