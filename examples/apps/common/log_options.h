// What the programs do with the library's messages.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace backflow {

struct LogOptions {
  std::string level;  // empty: warning; with a file info
  std::string file;   // empty: standard error
};

void add_options(CLI::App& app, LogOptions& o);
/// Makes the library log as `o` says. Throws an Error if the file cannot be written.
void use(const LogOptions& o);

}  // namespace backflow
