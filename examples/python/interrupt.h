// Long runs that Ctrl-C ends.
#pragma once

#include <functional>

namespace backflow::python {

/// Runs `work` on a thread of its own, without the interpreter's lock, and rethrows what it throws. A signal whose
/// handler raises, such as Ctrl-C, calls `stop`, which is to make `work` return soon; then that exception is thrown.
void run_interruptibly(const std::function<void()>& work, const std::function<void()>& stop);

/// Throws what a signal's handler raises, if one is waiting. With the interpreter's lock.
void check_signals();

}  // namespace backflow::python
