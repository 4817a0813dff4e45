#include <backflow/ops/add.h>
#include <backflow/ops/broadcast_to.h>
#include <backflow/ops/divide.h>
#include <backflow/ops/matmul.h>
#include <backflow/ops/multiply.h>
#include <backflow/ops/scale.h>
#include <backflow/ops/subtract.h>
#include <backflow/ops/sum_to.h>
#include "examples/python/bind_ops.h"

namespace py = pybind11;
using namespace py::literals;

namespace backflow::python {
namespace {

void bind_operators(py::module_& m) {
  const auto keep = py::keep_alive<0, 1>();
  py::class_<Value>(m.attr("Value"))
      .def(
          "__add__", [](Value a, Value b) { return add(a, b); }, keep)
      .def(
          "__sub__", [](Value a, Value b) { return subtract(a, b); }, keep)
      .def(
          "__mul__", [](Value a, Value b) { return multiply(a, b); }, keep)
      .def(
          "__mul__", [](Value a, float factor) { return scale(a, factor); }, keep)
      .def(
          "__rmul__", [](Value a, float factor) { return scale(a, factor); }, keep)
      .def(
          "__truediv__", [](Value a, Value b) { return divide(a, b); }, keep)
      .def(
          "__neg__", [](Value a) { return scale(a, -1); }, keep);
}

}  // namespace

void bind_arithmetic(py::module_& m) {
  def_op(m, "add", &add);
  def_op(m, "subtract", &subtract);
  def_op(m, "multiply", &multiply);
  def_op(m, "divide", &divide);
  def_op(m, "scale", &scale, "x"_a, "factor"_a, "name"_a = "");
  def_op(m, "broadcast_to", &broadcast_to, "x"_a, "shape"_a, "name"_a = "");
  def_op(m, "sum_to", &sum_to, "x"_a, "shape"_a, "name"_a = "");
  def_op(
      m, "matmul",
      [](Value a, Value b, bool transpose_a, bool transpose_b, const std::string& name) {
        return matmul(a, b, {.transpose_a = transpose_a, .transpose_b = transpose_b, .name = name});
      },
      "a"_a, "b"_a, "transpose_a"_a = false, "transpose_b"_a = false, "name"_a = "");
  bind_operators(m);
}

}  // namespace backflow::python
