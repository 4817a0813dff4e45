// Completion of flags, words and files in shells, from the options that a program has.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace backflow {

/// The words that complete the value of `option`; files do as well where its type in --help names a FILE, PATH or DIR.
void complete_with(CLI::Option& option, const std::vector<std::string>& words);

/// A script that bash, or zsh with its bashcompinit, sources. `shell` is bash or zsh.
std::string completion_script(const CLI::App& app, const std::string& shell);

/// Adds --completion SHELL, which prints the script and ends the program.
void add_completion(CLI::App& app);

}  // namespace backflow
