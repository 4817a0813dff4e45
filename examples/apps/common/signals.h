// What a signal does to a run: it ends after its step and keeps what it has.
#pragma once

namespace backflow {

/// From now on SIGINT, SIGTERM and SIGHUP are noted, and a second one, more than a second later, ends the program at
/// once. SIGHUP stays ignored under nohup. Writing to a pipe that nobody reads is an error like others, not the end.
void catch_signals();
/// The signal that came, 0 for none.
int caught_signal();
/// 128 and the signal, as a shell has it.
int signal_status();

}  // namespace backflow
