// Networks that Python functions build, and what trains them.
#pragma once

#include <pybind11/pybind11.h>

#include <backflow/runtime/models/networks.h>

namespace backflow::python {

/// The network that a Python function builds, in a graph that lives as long as Python has a value of it.
models::Network network_of(const pybind11::function& function);

void bind_fit(pybind11::module_& m);

}  // namespace backflow::python
