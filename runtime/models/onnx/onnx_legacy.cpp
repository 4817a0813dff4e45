// Ops that ONNX had before 2019 as experimental ones: files for Windows ML have them.
#include <backflow/graph/error.h>
#include <backflow/ops/add.h>
#include <backflow/ops/scale.h>
#include <backflow/ops/slice.h>
#include <backflow/ops/softplus.h>
#include <backflow/ops/tanh.h>
#include <backflow/runtime/models/onnx/onnx_ops.h>

namespace backflow::models {
namespace {

/// y = α x + β
Value affine_op(const OnnxCall& c) {
  const Value y = scale(c.value(0), c.node.number("alpha", 1));
  return add(y, c.scalar("beta", c.node.number("beta", 0)), c.name);
}

/// y = scale · x + bias of the channel, x [N, C, H, W].
Value image_scaler_op(const OnnxCall& c) {
  const Value x = c.value(0);
  const auto bias = c.node.floats("bias");
  const auto channels = static_cast<std::int64_t>(bias.size());
  require(rank_of(x) == 4 && x.shape()[1] == channels, c.node.where(), " has ", channels, " biases for ",
          to_string(x.shape()));
  const Value shift = onnx_constant(c.graph, c.name + ".bias", onnx_floats({channels, 1, 1}, bias));
  return add(scale(x, c.node.number("scale", 1)), shift, c.name);
}

/// Without the border (left, top, right, bottom), or as much from its left upper corner on as `scale` says: (rows,
/// columns).
Value crop_op(const OnnxCall& c) {
  const Value x = c.value(0);
  const auto border = c.node.integers("border"), size = c.node.integers("scale");
  require(rank_of(x) == 4 && border.size() == 4 && (size.empty() || size.size() == 2), c.node.where(),
          " needs images, a border of four numbers and two lengths, got ", to_string(x.shape()), ", ",
          to_string(border), " and ", to_string(size));
  const Shape& s = x.shape();
  for (const std::int64_t b : border) require(b >= 0 && b <= kMaxExtent, c.node.where(), " has a border of ", b);
  const std::int64_t rows = size.empty() ? s[2] - border[1] - border[3] : size[0];
  const std::int64_t columns = size.empty() ? s[3] - border[0] - border[2] : size[1];
  require(rows > 0 && rows <= s[2] - border[1] && columns > 0 && columns <= s[3] - border[0], c.node.where(),
          " leaves ", rows, "×", columns, " of ", to_string(s));
  return slice(x, {0, 0, border[1], border[0]}, {s[0], s[1], rows, columns}, c.name);
}

/// y = α f(β x)
template <class Function>
OnnxOp scaled(Function f, float alpha, float beta) {
  return onnx_op([=](const OnnxCall& c) {
    const Value y = f(scale(c.value(0), c.node.number("beta", beta)));
    return scale(y, c.node.number("alpha", alpha), c.name);
  });
}

}  // namespace

OnnxTable onnx_legacy() {
  return {
      {"Affine", onnx_op(affine_op)},
      {"Crop", onnx_op(crop_op)},
      {"ImageScaler", onnx_op(image_scaler_op)},
      {"ParametricSoftplus", scaled([](Value x) { return softplus(x); }, 1, 1)},
      {"ScaledTanh", scaled([](Value x) { return tanh(x); }, 1, 1)},
  };
}

}  // namespace backflow::models
