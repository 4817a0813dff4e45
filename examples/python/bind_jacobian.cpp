#include <pybind11/stl.h>

#include <backflow/graph/error.h>
#include <backflow/runtime/scheduler/jacobian.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include "examples/python/arrays.h"
#include "examples/python/bind.h"

namespace py = pybind11;

namespace backflow::python {
namespace {

using Floats = py::array_t<float, py::array::c_style | py::array::forcecast>;

std::vector<float> values_of(const Floats& a) { return {a.data(), a.data() + a.size()}; }

Point point(Store& store, Scheduler& scheduler, const py::kwargs& inputs) {
  Point at{store, scheduler};
  for (const auto& [name, array] : inputs) at.inputs[name.cast<std::string>()] = values_of(array.cast<Floats>());
  return at;
}

py::array array_of(const Tensor& t) { return view(t.data(), t.spec(), {}, py::handle()); }  // a copy

}  // namespace

/// The arguments have no names, because an input may have any.
void bind_jacobian(py::module_& m) {
  m.def(
      "jacobian",
      [](Value y, Value x, Store& store, Scheduler& scheduler, const py::kwargs& inputs) {
        return array_of(jacobian(y, x, point(store, scheduler, inputs)));
      },
      "(y, x, store, scheduler, **inputs): dy/dx at the given inputs, in numerator layout: [elements of y, elements of "
      "x].");
  m.def(
      "vector_jacobian_product",
      [](Value y, Value x, const Floats& v, Store& store, Scheduler& scheduler, const py::kwargs& inputs) {
        return array_of(vector_jacobian_product(y, x, values_of(v), point(store, scheduler, inputs)));
      },
      "(y, x, v, store, scheduler, **inputs): v dy/dx, in the shape of x.");
  m.def(
      "jacobian_vector_product",
      [](Value y, Value x, const Floats& v, Store& store, Scheduler& scheduler, const py::kwargs& inputs) {
        return array_of(jacobian_vector_product(y, x, values_of(v), point(store, scheduler, inputs)));
      },
      "(y, x, v, store, scheduler, **inputs): dy/dx v, in the shape of y.");
}

}  // namespace backflow::python
