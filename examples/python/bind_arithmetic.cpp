#include <iomanip>

#include <backflow/graph/error.h>
#include <backflow/ops/add.h>
#include <backflow/ops/broadcast_to.h>
#include <backflow/ops/compare.h>
#include <backflow/ops/divide.h>
#include <backflow/ops/is_nan.h>
#include <backflow/ops/logical.h>
#include <backflow/ops/matmul.h>
#include <backflow/ops/maximum.h>
#include <backflow/ops/minimum.h>
#include <backflow/ops/modulo.h>
#include <backflow/ops/multiply.h>
#include <backflow/ops/power.h>
#include <backflow/ops/prelu.h>
#include <backflow/ops/scale.h>
#include <backflow/ops/subtract.h>
#include <backflow/ops/sum_to.h>
#include <backflow/ops/trigonometric.h>
#include <backflow/ops/where.h>
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

void bind_comparisons(py::module_& m) {
  def_op(m, "equal", &equal);
  def_op(m, "less", &less);
  def_op(m, "greater", &greater);
  def_op(m, "less_or_equal", &less_or_equal);
  def_op(m, "greater_or_equal", &greater_or_equal);
  def_op(m, "logical_and", &logical_and);
  def_op(m, "logical_or", &logical_or);
  def_op(m, "logical_xor", &logical_xor);
  def_op(m, "logical_not", &logical_not);
  def_op(m, "is_nan", &is_nan);
  def_op(
      m, "is_inf",
      [](Value x, bool positive, bool negative, const std::string& name) {
        return is_inf(x, {.positive = positive, .negative = negative, .name = name});
      },
      "x"_a, "positive"_a = true, "negative"_a = true, "name"_a = "");
  def_op(m, "minimum", &minimum);
  def_op(m, "maximum", &maximum);
  def_op(m, "where", &where, "condition"_a, "a"_a, "b"_a, "name"_a = "");
}

void bind_trigonometric(py::module_& m) {
  def_op(m, "sin", &sin);
  def_op(m, "cos", &cos);
  def_op(m, "tan", &tan);
  def_op(m, "asin", &asin);
  def_op(m, "acos", &acos);
  def_op(m, "atan", &atan);
  def_op(m, "sinh", &sinh);
  def_op(m, "cosh", &cosh);
  def_op(m, "asinh", &asinh);
  def_op(m, "acosh", &acosh);
  def_op(m, "atanh", &atanh);
}

}  // namespace

void bind_arithmetic(py::module_& m) {
  def_op(m, "add", &add);
  def_op(m, "subtract", &subtract);
  def_op(m, "multiply", &multiply);
  def_op(m, "divide", &divide);
  def_op(m, "power", &power);
  def_op(m, "prelu", &prelu, "x"_a, "slope"_a, "name"_a = "");
  def_op(m, "scale", &scale, "x"_a, "factor"_a, "name"_a = "");
  def_op(m, "broadcast_to", &broadcast_to, "x"_a, "shape"_a, "name"_a = "");
  def_op(m, "sum_to", &sum_to, "x"_a, "shape"_a, "name"_a = "");
  def_op(
      m, "matmul",
      [](Value a, Value b, bool transpose_a, bool transpose_b, const std::string& name) {
        return matmul(a, b, {.transpose_a = transpose_a, .transpose_b = transpose_b, .name = name});
      },
      "a"_a, "b"_a, "transpose_a"_a = false, "transpose_b"_a = false, "name"_a = "");
  def_op(
      m, "modulo",
      [](Value a, Value b, bool truncated, const std::string& name) {
        return modulo(a, b, {.truncated = truncated, .name = name});
      },
      "a"_a, "b"_a, "truncated"_a = false, "name"_a = "");
  bind_comparisons(m);
  bind_trigonometric(m);
  bind_operators(m);
}

}  // namespace backflow::python
