#include <backflow/graph/error.h>
#include <backflow/ops/add.h>
#include <backflow/ops/linear.h>
#include <backflow/ops/matmul.h>
#include <backflow/ops/reshape.h>
#include <backflow/ops/scale.h>
#include <backflow/runtime/models/onnx/onnx_ops.h>

namespace backflow::models {
namespace {

/// y = α op(A) op(B) + β C. Weights [out, in] and a bias [out], the usual case, are a linear layer.
Value gemm(const OnnxCall& c) {
  const float alpha = c.node.number("alpha", 1), beta = c.node.number("beta", 1);
  const bool ta = c.node.integer("transA", 0) != 0, tb = c.node.integer("transB", 0) != 0;
  const Value bias = c.has(2) ? c.value(2) : Value{};
  const bool is_layer = !ta && tb && alpha == 1 && beta == 1;
  if (is_layer && (!bias || bias.shape() == Shape{c.value(1).shape()[0]}))
    return linear(c.value(0), c.value(1), bias, c.name);
  Value y = matmul(c.value(0), c.value(1), {ta, tb, c.name});
  if (alpha != 1) y = scale(y, alpha);
  if (!bias) return y;
  return add(y, beta == 1 ? bias : scale(bias, beta));
}

/// Weights of the file lie as [out, in] (turn_onnx_weights), which a linear layer reads; axes before the last are its
/// rows.
Value matmul_op(const OnnxCall& c) {
  const Value a = c.value(0), b = c.value(1);
  if (c.node.integer("transB", 0) == 0) return matmul(a, b, {.name = c.name});
  Shape shape = a.shape();
  require(!shape.empty(), c.node.where(), " needs at least one axis");
  if (shape.size() == 2) return linear(a, b, {}, c.name);
  const Value rows = reshape(a, {elements(shape) / shape.back(), shape.back()});
  shape.back() = b.shape()[0];
  return reshape(linear(rows, b, {}, c.name), shape);
}

}  // namespace

OnnxTable onnx_products() { return {{"Gemm", onnx_op(gemm)}, {"MatMul", onnx_op(matmul_op)}}; }

}  // namespace backflow::models
