// Attacks on networks, as a part of the module.
#pragma once

#include <pybind11/pybind11.h>

namespace backflow::python {

void bind_attack(pybind11::module_& m);

}  // namespace backflow::python
