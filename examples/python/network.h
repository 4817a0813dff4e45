// Networks that Python functions build.
#pragma once

#include <pybind11/pybind11.h>

#include <backflow/runtime/models/networks.h>

namespace backflow::python {

/// The network that a Python function builds, in a graph that lives as long as Python has a value of it.
models::Network network_of(const pybind11::function& function);

}  // namespace backflow::python
