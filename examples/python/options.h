// Options of the library from Python's keyword arguments, by the tables that flags and files use.
#pragma once

#include <pybind11/pybind11.h>

#include <algorithm>
#include <string>

#include <backflow/graph/enum_names.h>
#include <backflow/graph/error.h>
#include <backflow/runtime/files/option_table.h>

namespace backflow::python {

/// Sets the options that `given` names; numbers, texts, bools and sequences of numbers are taken. Throws an Error that
/// suggests near names if there is no such option, an OptionError for a value of another type.
void set_options(const files::OptionTable& table, const pybind11::kwargs& given, const std::string& where);
/// A line for each option: its name, its default, what it is and what it accepts.
std::string help_of(const files::OptionTable& table);

/// The enumerator called `name`; throws an OptionError that lists all.
template <class Enum>
Enum enum_called(const std::string& option, const std::string& name) {
  Enum result{};
  files::set({option, enum_member(result)}, name);
  return result;
}

}  // namespace backflow::python
