// How functions of values get into the module.
#pragma once

#include <pybind11/stl.h>

#include <string>

#include <backflow/graph/graph.h>
#include "examples/python/bind.h"

namespace backflow::python {

/// What the header of an op says, for its docstring.
std::string doc_of(const std::string& op);

/// A function of values of a graph; its result keeps the graph alive.
template <class Function, class... Arguments>
void def_op(pybind11::module_& m, const char* name, Function&& function, const Arguments&... arguments) {
  m.def(name, std::forward<Function>(function), arguments..., pybind11::keep_alive<0, 1>(), doc_of(name).c_str());
}

using Unary = Value (*)(Value, const std::string&);
using Binary = Value (*)(Value, Value, const std::string&);

inline void def_op(pybind11::module_& m, const char* name, Unary function) {
  def_op(m, name, function, pybind11::arg("x"), pybind11::arg("name") = "");
}
inline void def_op(pybind11::module_& m, const char* name, Binary function) {
  def_op(m, name, function, pybind11::arg("a"), pybind11::arg("b"), pybind11::arg("name") = "");
}

void bind_activations(pybind11::module_& m);
void bind_arithmetic(pybind11::module_& m);
void bind_images(pybind11::module_& m);
void bind_indices(pybind11::module_& m);
void bind_layers(pybind11::module_& m);
void bind_losses(pybind11::module_& m);
void bind_norms(pybind11::module_& m);
void bind_samples(pybind11::module_& m);
void bind_shapes(pybind11::module_& m);
void bind_updates(pybind11::module_& m);
void bind_volumes(pybind11::module_& m);
void bind_windows(pybind11::module_& m);

}  // namespace backflow::python
