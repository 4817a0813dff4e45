// How every binary parses its arguments and ends: 0 done, 1 failed, 2 wrong usage, 128 + n ended by signal n.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
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

/// Opens descriptors 0, 1 and 2 on /dev/null where they are closed. Adds --version, --log-level, --log-file and
/// --completion to `app`, parses, then runs `body` and returns its status. Every exception becomes one line on standard
/// error; an unknown flag gets the names of near ones.
int run_program(CLI::App& app, int argc, char** argv, const std::function<int()>& body);

/// Makes the folder --out, or one in it, with those around it.
void make_folder(const std::filesystem::path& folder);
/// Throws an Error that names the flag if its file cannot be written, so that this is said before the first step.
void check_writable(const std::string& flag, const std::filesystem::path& file);

/// One line on standard error about one of several files, with its name.
void say_unreadable(const std::string& program, const std::string& file, const std::exception& e);

/// f32 or bf16: what `precision` comes to on this CPU, so that a run keeps it. Says on standard error, in one line,
/// where it is slow. Throws a UsageError if this CPU does not have it.
Precision checked_precision(Precision precision);

/// The names, without dashes, of the options of `app` that were given; without those that run_program() adds, which go
/// with everything.
std::vector<std::string> given_options(const CLI::App& app);

}  // namespace backflow
