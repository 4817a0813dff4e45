#include <backflow/runtime/models/onnx/onnx_volumes.h>

#include <backflow/graph/error.h>
#include <backflow/ops/conv3d.h>
#include <backflow/ops/pool3d.h>

namespace backflow::models {
namespace {

Triple triple_of(const std::vector<std::int64_t>& lengths) { return {lengths[0], lengths[1], lengths[2]}; }

Padding3d volume_padding(const OnnxPads& p) {
  return {p.before[0], p.after[0], Padding(p.before[1], p.before[2], p.after[1], p.after[2])};
}

Pool3dOptions volume_pool(const OnnxCall& c) {
  const OnnxWindow w = onnx_window(c);
  return {.kernel = triple_of(w.kernel),
          .stride = triple_of(w.stride),
          .padding = volume_padding(w.pads),
          .ceil_mode = c.node.integer("ceil_mode", 0) != 0,
          .count_include_pad = c.node.integer("count_include_pad", 0) != 0,
          .dilation = triple_of(w.dilation),
          .name = c.name};
}

}  // namespace

Value onnx_volume_convolution(const OnnxCall& c) {
  const Value weights = c.value(1);
  const Shape& s = weights.shape();
  require(s.size() == 5, c.node.where(), " has weights ", to_string(s), " for volumes");
  const OnnxWindow w = onnx_window(c, {s.begin() + 2, s.end()});
  return conv3d(c.value(0), weights, c.has(2) ? c.value(2) : Value{},
                {.stride = triple_of(w.stride),
                 .padding = volume_padding(w.pads),
                 .dilation = triple_of(w.dilation),
                 .groups = c.node.integer("group", 1),
                 .name = c.name});
}

Value onnx_volume_max_pool(const OnnxCall& c) { return max_pool3d(c.value(0), volume_pool(c)); }

Value onnx_volume_average_pool(const OnnxCall& c) { return average_pool3d(c.value(0), volume_pool(c)); }

Value onnx_volume_mean(Value x, const OnnxWindow& w) {
  return average_pool3d(
      x, {.kernel = triple_of(w.kernel), .stride = triple_of(w.stride), .dilation = triple_of(w.dilation)});
}

}  // namespace backflow::models
