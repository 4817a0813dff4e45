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

/// Destroys what `owned` points to; in a forked process leaves it, as its destructor would wait for threads that are
/// not there.
template <class T>
void destroy_here(std::unique_ptr<T>& owned, const OneProcess& process) {
  if (process.is_here())
    owned.reset();
  else
    static_cast<void>(owned.release());
}

}  // namespace backflow
