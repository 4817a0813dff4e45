// How every binary parses its arguments and ends: 0 done, 1 failed, 2 wrong usage, 130 interrupted.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

#include <backflow/runtime/flow/precision.h>

namespace backflow {

/// A mistake in how a program was called; ends it with status 2.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Adds --version, --log-level, --log-file and --completion to `app`, parses, then runs `body` and returns its status.
/// Every exception becomes one line on standard error; an unknown flag gets the names of near ones.
int run_program(CLI::App& app, int argc, char** argv, const std::function<int()>& body);

/// f32 or bf16: what `precision` comes to on this CPU, so that a run keeps it. Says on standard error, in one line,
/// where it is slow. Throws a UsageError if this CPU does not have it.
Precision checked_precision(Precision precision);

/// The names, without dashes, of the options of `app` that were given; without those that run_program() adds, which go
/// with everything.
std::vector<std::string> given_options(const CLI::App& app);

}  // namespace backflow
