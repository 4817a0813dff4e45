// Networks that Python functions build, and what trains them.
#pragma once

#include <pybind11/pybind11.h>

#include <backflow/runtime/models/networks.h>
#include <backflow/runtime/train/options.h>

namespace backflow::python {

/// The network that a Python function builds, in a graph that lives as long as Python has a value of it.
models::Network network_of(const pybind11::function& function);

/// TrainOptions from keyword arguments. Throws an Error for one that is unknown, out of its range or without effect.
train::TrainOptions train_options(const pybind11::kwargs& given, const std::string& where);

void bind_fit(pybind11::module_& m);

}  // namespace backflow::python
