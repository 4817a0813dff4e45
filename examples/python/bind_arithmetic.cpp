#include <iomanip>

#include <backflow/graph/error.h>
#include <backflow/ops/add.h>
#include <backflow/ops/broadcast_to.h>
#include <backflow/ops/divide.h>
#include <backflow/ops/matmul.h>
#include <backflow/ops/multiply.h>
#include <backflow/ops/scale.h>
#include <backflow/ops/subtract.h>
#include <backflow/ops/sum_to.h>
#include <backflow/runtime/models/model.h>
#include "examples/python/bind_ops.h"

namespace py = pybind11;
using namespace py::literals;

namespace backflow::python {
namespace {

/// `number` as a constant of shape [1] in the graph of `x`, made once.
Value constant(Value x, float number) {
  return models::shared_leaf(*x.graph, Leaf::constant, str_cat("number ", std::setprecision(9), number), {{1}},
                             filled(number));
}

Value quotient(Value x, float divisor) {
  require(divisor != 0, "[divide] by the number 0");
  return divide(x, constant(x, divisor));
}

void bind_operators(py::module_& m) {
  py::class_<Value> value(m.attr("Value"));
  const auto def = [&](const char* name, auto function) {
    value.def(name, function, py::is_operator(), py::keep_alive<0, 1>());
  };
  def("__add__", [](Value a, Value b) { return add(a, b); });
  def("__add__", [](Value a, float b) { return add(a, constant(a, b)); });
  def("__radd__", [](Value a, float b) { return add(a, constant(a, b)); });
  def("__sub__", [](Value a, Value b) { return subtract(a, b); });
  def("__sub__", [](Value a, float b) { return subtract(a, constant(a, b)); });
  def("__rsub__", [](Value a, float b) { return subtract(constant(a, b), a); });
  def("__mul__", [](Value a, Value b) { return multiply(a, b); });
  def("__mul__", [](Value a, float factor) { return scale(a, factor); });
  def("__rmul__", [](Value a, float factor) { return scale(a, factor); });
  def("__truediv__", [](Value a, Value b) { return divide(a, b); });
  def("__truediv__", &quotient);
  def("__rtruediv__", [](Value a, float b) { return divide(constant(a, b), a); });
  def("__matmul__", [](Value a, Value b) { return matmul(a, b); });
  def("__neg__", [](Value a) { return scale(a, -1); });
  value.attr("__array_ufunc__") = py::none();  // NumPy's numbers leave `number * value` to __rmul__
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
