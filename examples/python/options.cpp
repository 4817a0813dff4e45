#include "examples/python/options.h"

namespace py = pybind11;

namespace backflow::python {
namespace {

/// As it would stand on a command line.
std::string text_of(py::handle value) {
  if (py::isinstance<py::bool_>(value)) return value.cast<bool>() ? "true" : "false";
  if (py::isinstance<py::str>(value) || !py::isinstance<py::sequence>(value)) return py::str(value);
  std::string all;
  for (const py::handle each : value) all += (all.empty() ? "" : ",") + text_of(each);
  return all;
}

}  // namespace

void set_options(const files::OptionTable& table, const py::kwargs& given, const std::string& where) {
  for (const auto& [name, value] : given)
    files::set(files::at(table, name.cast<std::string>(), where), text_of(value), where);
}

std::string help_of(const files::OptionTable& table) {
  std::string help;
  for (const files::Option& option : table)
    help +=
        str_cat("\n  ", option.name, " = ", files::text_of(option), ": ", option.help, "; ", files::expected(option));
  return help;
}

}  // namespace backflow::python
