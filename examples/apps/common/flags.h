// A table of options as flags of a command line.
#pragma once

#include <CLI/CLI.hpp>

#include <backflow/runtime/files/option_table.h>

namespace backflow {

/// Adds a flag for each option: its name with hyphens, its help, its default, its check. What is wrong with a value is
/// said by CLI11 when it parses. Switches that are on have a --no- form. `group` is its heading in --help.
void add_flags(CLI::App& app, const files::OptionTable& table, const std::string& group = "Options");

/// Adds the flag of `option`; `on_value` gets the text that is given, "true" or "false" for a switch.
CLI::Option* add_flag(CLI::App& app, const files::Option& option,
                      const std::function<void(const std::string&)>& on_value);

}  // namespace backflow
