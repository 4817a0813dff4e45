#include <numeric>

#include <backflow/graph/error.h>
#include <backflow/ops/add.h>
#include <backflow/ops/clip.h>
#include <backflow/ops/divide.h>
#include <backflow/ops/maximum.h>
#include <backflow/ops/minimum.h>
#include <backflow/ops/multiply.h>
#include <backflow/ops/reduce_max.h>
#include <backflow/ops/reduce_min.h>
#include <backflow/ops/reshape.h>
#include <backflow/ops/round.h>
#include <backflow/ops/subtract.h>
#include <backflow/runtime/models/onnx/onnx_ops.h>

namespace backflow::models {
namespace {

/// A scale or zero point as it is repeated over x: one number, or one for each element of `axis`.
Value along_axis_of(const OnnxCall& c, Value x, Value numbers) {
  if (elements(numbers.shape()) == 1) return reshape(numbers, {});
  require(rank_of(numbers) == 1, c.node.where(), " needs one number or a list, got ", to_string(numbers.shape()));
  Shape shape(x.shape().size(), 1);
  shape[static_cast<std::size_t>(c.axis(1, rank_of(x)))] = numbers.shape()[0];
  return reshape(numbers, shape);
}

/// y = clip(round(x / scale) + zero point), half to even.
std::vector<OnnxValue> quantize(const OnnxCall& c) {
  const Value x = c.value(0);
  const OnnxType type = c.has(2) ? c.type(2) : OnnxType::uint8;
  require(type == OnnxType::uint8 || type == OnnxType::int8, c.node.where(), " makes ", to_string(type),
          "; supported are uint8 and int8");
  Value y = round(divide(x, along_axis_of(c, x, c.value(1))));
  if (c.has(2)) y = add(y, along_axis_of(c, x, c.value(2)));
  const bool is_signed = type == OnnxType::int8;
  return {{clip(y, {is_signed ? -128.0F : 0.0F, is_signed ? 127.0F : 255.0F, c.name}), {}, "", type}};
}

/// y = (x − zero point) · scale
std::vector<OnnxValue> dequantize(const OnnxCall& c) {
  const Value x = c.value(0);
  const Value centred = c.has(2) ? subtract(x, along_axis_of(c, x, c.value(2))) : x;
  return {{multiply(centred, along_axis_of(c, x, c.value(1)), c.name), {}, "", OnnxType::float32}};
}

/// To uint8, with the scale and zero point that make 0 exact and 0 … 255 as wide as the values.
std::vector<OnnxValue> dynamic_quantize(const OnnxCall& c) {
  const Value x = c.value(0), zero = c.scalar("zero", 0);
  std::vector<std::int64_t> axes(x.shape().size());
  std::iota(axes.begin(), axes.end(), std::int64_t{0});
  const auto extreme = [&](auto reduce) { return axes.empty() ? x : reshape(reduce(x, {.axes = axes}), {}); };
  const Value high = maximum(extreme(reduce_max), zero), low = minimum(extreme(reduce_min), zero);
  const Value step = divide(subtract(high, low), c.scalar("steps", 255));
  const Value zero_point = clip(round(divide(subtract(zero, low), step)), {0, 255});
  const Value y = clip(add(round(divide(x, step)), zero_point), {0, 255, c.name});
  return {{y, {}, "", OnnxType::uint8}, {step, {}, "", OnnxType::float32}, {zero_point, {}, "", OnnxType::uint8}};
}

}  // namespace

OnnxTable onnx_quantization() {
  return {
      {"DequantizeLinear", dequantize},
      {"DynamicQuantizeLinear", dynamic_quantize},
      {"QuantizeLinear", quantize},
  };
}

}  // namespace backflow::models
