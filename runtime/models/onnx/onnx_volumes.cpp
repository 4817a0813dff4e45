#include <backflow/runtime/models/onnx/onnx_volumes.h>

#include <array>

#include <backflow/graph/error.h>
#include <backflow/ops/conv3d.h>
#include <backflow/ops/pool3d.h>

namespace backflow::models {
namespace {

Triple triple_of(const OnnxCall& c, const char* attribute, Triple fallback) {
  const auto list = c.node.integers(attribute);
  if (list.empty()) return fallback;
  bool fits = list.size() == 3;
  for (auto n : list) fits = fits && n > 0 && n <= kMaxExtent;
  require(fits, c.node.where(), " attribute '", attribute, "' needs three lengths ≥ 1, got ", to_string(list));
  return {list[0], list[1], list[2]};
}

/// Explicit, or shared between the sides so that each axis of the result has ⌈length / stride⌉ elements.
Padding3d volume_padding(const OnnxCall& c, Triple kernel, Triple stride, Triple dilation) {
  const std::string mode = c.node.text("auto_pad", "NOTSET");
  if (mode == "VALID") return 0;
  std::array<std::int64_t, 6> p{};
  if (mode == "NOTSET") {
    const auto list = c.node.integers("pads");
    if (list.empty()) return 0;
    bool fits = list.size() == p.size();
    for (auto n : list) fits = fits && n >= 0 && n <= kMaxExtent;
    require(fits, c.node.where(), " needs six pads ≥ 0, got ", to_string(list));
    std::copy(list.begin(), list.end(), p.begin());
  } else {
    require(mode == "SAME_UPPER" || mode == "SAME_LOWER", c.node.where(), " has an unknown auto_pad");
    const std::array<std::int64_t, 3> k{kernel.d, kernel.h, kernel.w}, s{stride.d, stride.h, stride.w},
        d{dilation.d, dilation.h, dilation.w};
    for (std::size_t a = 0; a < 3; ++a) {
      const std::int64_t length = c.value(0).shape()[a + 2], places = (length + s[a] - 1) / s[a];
      const std::int64_t all = std::max<std::int64_t>(0, (places - 1) * s[a] + (k[a] - 1) * d[a] + 1 - length);
      p[a] = (all + (mode == "SAME_LOWER" ? 1 : 0)) / 2;
      p[a + 3] = all - p[a];
    }
  }
  return {p[0], p[3], Padding(p[1], p[2], p[4], p[5])};
}

Pool3dOptions volume_pool(const OnnxCall& c) {
  require(c.node.has("kernel_shape"), c.node.where(), " has no kernel_shape");
  const Triple kernel = triple_of(c, "kernel_shape", 1), stride = triple_of(c, "strides", 1);
  const Triple dilation = triple_of(c, "dilations", 1);
  return {.kernel = kernel,
          .stride = stride,
          .padding = volume_padding(c, kernel, stride, dilation),
          .ceil_mode = c.node.integer("ceil_mode", 0) != 0,
          .count_include_pad = c.node.integer("count_include_pad", 0) != 0,
          .dilation = dilation,
          .name = c.name};
}

}  // namespace

Value onnx_volume_convolution(const OnnxCall& c) {
  const Value w = c.value(1);
  require(rank_of(w) == 5, c.node.where(), " has weights ", to_string(w.shape()), " for volumes");
  const Triple kernel(w.shape()[2], w.shape()[3], w.shape()[4]);
  const Triple stride = triple_of(c, "strides", 1), dilation = triple_of(c, "dilations", 1);
  return conv3d(c.value(0), w, c.has(2) ? c.value(2) : Value{},
                {.stride = stride,
                 .padding = volume_padding(c, kernel, stride, dilation),
                 .dilation = dilation,
                 .groups = c.node.integer("group", 1),
                 .name = c.name});
}

Value onnx_volume_max_pool(const OnnxCall& c) { return max_pool3d(c.value(0), volume_pool(c)); }

Value onnx_volume_average_pool(const OnnxCall& c) { return average_pool3d(c.value(0), volume_pool(c)); }

}  // namespace backflow::models
