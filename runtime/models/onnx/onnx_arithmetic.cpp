#include <backflow/graph/error.h>
#include <backflow/ops/abs.h>
#include <backflow/ops/add.h>
#include <backflow/ops/ceil.h>
#include <backflow/ops/compare.h>
#include <backflow/ops/divide.h>
#include <backflow/ops/erf.h>
#include <backflow/ops/exp.h>
#include <backflow/ops/floor.h>
#include <backflow/ops/is_nan.h>
#include <backflow/ops/log.h>
#include <backflow/ops/logical.h>
#include <backflow/ops/maximum.h>
#include <backflow/ops/minimum.h>
#include <backflow/ops/modulo.h>
#include <backflow/ops/multiply.h>
#include <backflow/ops/negate.h>
#include <backflow/ops/power.h>
#include <backflow/ops/reciprocal.h>
#include <backflow/ops/reshape.h>
#include <backflow/ops/round.h>
#include <backflow/ops/scale.h>
#include <backflow/ops/sign.h>
#include <backflow/ops/sqrt.h>
#include <backflow/ops/subtract.h>
#include <backflow/ops/trigonometric.h>
#include <backflow/ops/trunc.h>
#include <backflow/ops/where.h>
#include <backflow/runtime/models/onnx/onnx_constants.h>
#include <backflow/runtime/models/onnx/onnx_ops.h>

namespace backflow::models {
namespace {

template <class Function>
OnnxOp function(Function f) {
  return onnx_op([f](const OnnxCall& c) { return f(c.value(0), c.name); });
}

/// The second value where the first one's axes are: up to opset 6 by the attribute `axis`.
Value second_value(const OnnxCall& c) {
  const Value b = c.value(1);
  const Shape placed = onnx_operand_shape(c.node, c.opset, c.value(0).shape(), b.shape());
  return placed == b.shape() ? b : reshape(b, placed);
}

template <class Combination>
OnnxOp combination(Combination f, OnnxType type = OnnxType::undefined) {
  return onnx_op([f](const OnnxCall& c) { return f(c.value(0), second_value(c), c.name); }, type);
}

/// Of any number of values.
template <class Combination>
OnnxOp chain(Combination f) {
  return onnx_op([f](const OnnxCall& c) {
    Value y = c.value(0);
    for (std::size_t i = 1; i < c.inputs(); ++i) y = f(y, c.value(i), c.name);
    return y;
  });
}

/// Of integers the quotient without its fraction.
Value divide_op(const OnnxCall& c) {
  const Value y = divide(c.value(0), second_value(c), c.name);
  return is_integer(c.type(0)) ? trunc(y) : y;
}

Value mean_op(const OnnxCall& c) {
  Value y = c.value(0);
  for (std::size_t i = 1; i < c.inputs(); ++i) y = add(y, c.value(i));
  return scale(y, 1 / static_cast<float>(c.inputs()), c.name);
}

/// The sign is that of the divisor, or with fmod that of the dividend.
Value modulo_op(const OnnxCall& c) {
  return modulo(c.value(0), c.value(1), {.truncated = c.node.integer("fmod", 0) != 0, .name = c.name});
}

Value is_inf_op(const OnnxCall& c) {
  return is_inf(c.value(0), {.positive = c.node.integer("detect_positive", 1) != 0,
                             .negative = c.node.integer("detect_negative", 1) != 0,
                             .name = c.name});
}

/// Of one value.
OnnxTable functions() {
  return {
      {"Abs", function(abs)},
      {"Acos", function(acos)},
      {"Acosh", function(acosh)},
      {"Asin", function(asin)},
      {"Asinh", function(asinh)},
      {"Atan", function(atan)},
      {"Atanh", function(atanh)},
      {"Ceil", function(ceil)},
      {"Cos", function(cos)},
      {"Cosh", function(cosh)},
      {"Erf", function(erf)},
      {"Exp", function(exp)},
      {"Floor", function(floor)},
      {"Log", function(log)},
      {"Neg", function(negate)},
      {"Not", function(logical_not)},
      {"Reciprocal", function(reciprocal)},
      {"Round", function(round)},
      {"Sign", function(sign)},
      {"Sin", function(sin)},
      {"Sinh", function(sinh)},
      {"Sqrt", function(sqrt)},
      {"Tan", function(tan)},
  };
}

}  // namespace

OnnxTable onnx_arithmetic() {
  constexpr auto boolean = OnnxType::boolean;
  OnnxTable table{
      {"Add", combination(add)},
      {"And", combination(logical_and, boolean)},
      {"Div", onnx_op(divide_op)},
      {"Equal", combination(equal, boolean)},
      {"Greater", combination(greater, boolean)},
      {"GreaterOrEqual", combination(greater_or_equal, boolean)},
      {"IsInf", onnx_op(is_inf_op, boolean)},
      {"IsNaN", onnx_op([](const OnnxCall& c) { return is_nan(c.value(0), c.name); }, boolean)},
      {"Less", combination(less, boolean)},
      {"LessOrEqual", combination(less_or_equal, boolean)},
      {"Max", chain(maximum)},
      {"Mean", onnx_op(mean_op)},
      {"Min", chain(minimum)},
      {"Mod", onnx_op(modulo_op)},
      {"Mul", combination(multiply)},
      {"Or", combination(logical_or, boolean)},
      {"Pow", combination(power)},
      {"Sub", combination(subtract)},
      {"Sum", chain(add)},
      {"Where",
       [](const OnnxCall& c) {
         return std::vector<OnnxValue>{{where(c.value(0), c.value(1), c.value(2), c.name), {}, "", c.type(1)}};
       }},
      {"Xor", combination(logical_xor, boolean)},
  };
  table.merge(functions());
  return table;
}

}  // namespace backflow::models
