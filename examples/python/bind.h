// The parts of the Python module; each adds its room to it.
#pragma once

#include <pybind11/pybind11.h>

namespace backflow::python {

void bind_data(pybind11::module_& m);
void bind_array_data(pybind11::module_& m);
void bind_dream(pybind11::module_& m);
void bind_explain(pybind11::module_& m);
void bind_flow(pybind11::module_& m);
void bind_graph(pybind11::module_& m);
void bind_graph_file(pybind11::module_& m);
void bind_initializers(pybind11::module_& m);
void bind_jacobian(pybind11::module_& m);
void bind_models(pybind11::module_& m);
void bind_runtime(pybind11::module_& m);
void bind_train(pybind11::module_& m);

}  // namespace backflow::python
