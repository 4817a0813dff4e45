#include "examples/python/bind_ops.h"
#include "ops/add.h"
#include "ops/broadcast_to.h"
#include "ops/concat.h"
#include "ops/divide.h"
#include "ops/multiply.h"
#include "ops/pad.h"
#include "ops/scale.h"
#include "ops/slice.h"
#include "ops/subtract.h"
#include "ops/sum_to.h"

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
      m, "slice",
      [](Value x, std::int64_t axis, std::int64_t begin, std::int64_t length, const std::string& name) {
        return slice(x, {.axis = axis, .begin = begin, .length = length, .name = name});
      },
      "x"_a, "axis"_a = 0, "begin"_a = 0, "length"_a = 1, "name"_a = "");
  def_op(
      m, "pad",
      [](Value x, const Shape& before, const Shape& after, float value, const std::string& name) {
        return pad(x, {.before = before, .after = after, .value = value, .name = name});
      },
      "x"_a, "before"_a, "after"_a, "value"_a = 0.0F, "name"_a = "");
  m.def(
      "concat",
      [](const py::sequence& values, std::int64_t axis, const std::string& name) {
        py::object y = py::cast(concat(values.cast<std::vector<Value>>(), {.axis = axis, .name = name}));
        py::detail::keep_alive_impl(y, values[0]);
        return y;
      },
      "values"_a, "axis"_a = 1, "name"_a = "");
  bind_operators(m);
}

}  // namespace backflow::python
