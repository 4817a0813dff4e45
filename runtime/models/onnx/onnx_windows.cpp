#include <backflow/runtime/models/onnx/onnx_windows.h>

#include <backflow/graph/error.h>
#include <backflow/ops/average_pool2d.h>
#include <backflow/ops/conv2d.h>
#include <backflow/ops/max_pool2d.h>
#include <backflow/runtime/files/suggestions.h>

namespace backflow::models {
namespace {

struct Window {
  Pair kernel = 1, stride = 1, dilation = 1;
  Padding padding = 0;
};

Pair pair_of(const OnnxCall& c, const char* attribute, Pair fallback) {
  const auto list = c.node.integers(attribute);
  if (list.empty()) return fallback;
  const bool fits = list.size() == 2 && list[0] > 0 && list[1] > 0 && list[0] <= kMaxExtent && list[1] <= kMaxExtent;
  require(fits, c.node.where(), " attribute '", attribute, "' needs two lengths ≥ 1, got ", to_string(list));
  return {list[0], list[1]};
}

/// What auto_pad adds along one axis so that the result has ⌈length / stride⌉ elements.
std::int64_t same(std::int64_t length, std::int64_t kernel, std::int64_t stride, std::int64_t dilation) {
  const std::int64_t result = (length + stride - 1) / stride;
  return std::max<std::int64_t>(0, (result - 1) * stride + (kernel - 1) * dilation + 1 - length);
}

Padding padding_of(const OnnxCall& c, const Window& w, const Shape& x) {
  const std::string mode = c.node.text("auto_pad", "NOTSET");
  if (mode == "VALID") return 0;
  if (mode == "SAME_UPPER" || mode == "SAME_LOWER") {
    const std::int64_t rows = same(x[2], w.kernel.h, w.stride.h, w.dilation.h);
    const std::int64_t columns = same(x[3], w.kernel.w, w.stride.w, w.dilation.w);
    const std::int64_t more = mode == "SAME_LOWER" ? 1 : 0;  // where the odd one goes
    const std::int64_t top = (rows + more) / 2, left = (columns + more) / 2;
    return {top, left, rows - top, columns - left};
  }
  require(mode == "NOTSET", c.node.where(), " has an unknown auto_pad '", files::printable(mode), "'");
  const auto list = c.node.integers("pads");
  if (list.empty()) return 0;
  bool fits = list.size() == 4;
  for (auto p : list) fits = fits && p >= 0 && p <= kMaxExtent;
  require(fits, c.node.where(), " needs four pads ≥ 0, got ", to_string(list));
  return {list[0], list[1], list[2], list[3]};
}

/// The window's attributes; `kernel` is that of the weights where a node has some.
Window window_of(const OnnxCall& c, Value x, Pair kernel) {
  require(x.shape().size() == 4, c.node.where(), " needs an image [N, C, H, W], got ", to_string(x.shape()));
  Window w{pair_of(c, "kernel_shape", kernel), pair_of(c, "strides", 1), pair_of(c, "dilations", 1), 0};
  w.padding = padding_of(c, w, x.shape());
  return w;
}

Window pool_window(const OnnxCall& c, Value x) {
  require(c.node.has("kernel_shape"), c.node.where(), " has no kernel_shape");
  const Window w = window_of(c, x, 1);
  require(w.dilation == Pair(1), c.node.where(), " is dilated, which is not supported for pools");
  return w;
}

}  // namespace

Value onnx_convolution(const OnnxCall& c) {
  const Value x = c.value(0), weights = c.value(1), bias = c.has(2) ? c.value(2) : Value{};
  require(weights.shape().size() == 4, c.node.where(), " needs weights [out, in, height, width], got ",
          to_string(weights.shape()));
  const Pair kernel(weights.shape()[2], weights.shape()[3]);
  const Window w = window_of(c, x, kernel);
  require(w.kernel == kernel, c.node.where(), " has weights ", to_string(weights.shape()), " and another kernel_shape");
  return conv2d(x, weights, bias,
                {.stride = w.stride,
                 .padding = w.padding,
                 .dilation = w.dilation,
                 .groups = c.node.integer("group", 1),
                 .name = c.name});
}

Value onnx_max_pool(const OnnxCall& c) {
  const Value x = c.value(0);
  const Window w = pool_window(c, x);
  return max_pool2d(x, {.kernel = w.kernel,
                        .stride = w.stride,
                        .padding = w.padding,
                        .ceil_mode = c.node.integer("ceil_mode", 0) != 0,
                        .name = c.name});
}

Value onnx_average_pool(const OnnxCall& c) {
  const Value x = c.value(0);
  const Window w = pool_window(c, x);
  return average_pool2d(x, {.kernel = w.kernel,
                            .stride = w.stride,
                            .padding = w.padding,
                            .ceil_mode = c.node.integer("ceil_mode", 0) != 0,
                            .count_include_pad = c.node.integer("count_include_pad", 0) != 0,
                            .name = c.name});
}

Value onnx_global_max_pool(const OnnxCall& c) {
  const Value x = c.value(0);
  require(x.shape().size() == 4, c.node.where(), " needs an image [N, C, H, W], got ", to_string(x.shape()));
  return max_pool2d(x, {.kernel = Pair(x.shape()[2], x.shape()[3]), .name = c.name});
}

Value onnx_global_average_pool(const OnnxCall& c) { return global_average_pool2d(c.value(0), c.name); }

}  // namespace backflow::models
