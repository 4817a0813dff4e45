// How every binary parses its arguments and ends: 0 done, 1 failed, 2 wrong usage, 130 interrupted.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace backflow {

/// A mistake in how a program was called; ends it with status 2.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Parses, then runs `body` and returns its status. Every exception becomes one line on standard error.
int run_program(CLI::App& app, int argc, char** argv, const std::function<int()>& body);

/// Says on standard error, in one line, where `precision` is slow on this CPU. Throws a UsageError if there is no such
/// precision, or none on this CPU.
void check_precision(const std::string& precision);

}  // namespace backflow
