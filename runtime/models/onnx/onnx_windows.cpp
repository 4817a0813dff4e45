#include <algorithm>
#include <cmath>
#include <numeric>

#include <backflow/graph/error.h>
#include <backflow/ops/abs.h>
#include <backflow/ops/average_pool2d.h>
#include <backflow/ops/conv2d.h>
#include <backflow/ops/conv_transpose2d.h>
#include <backflow/ops/max_pool2d.h>
#include <backflow/ops/multiply.h>
#include <backflow/ops/power.h>
#include <backflow/ops/reduce_max.h>
#include <backflow/ops/reduce_mean.h>
#include <backflow/ops/reduce_sum.h>
#include <backflow/ops/reshape.h>
#include <backflow/ops/scale.h>
#include <backflow/ops/sqrt.h>
#include <backflow/runtime/files/suggestions.h>
#include <backflow/runtime/models/onnx/onnx_volumes.h>

namespace backflow::models {
namespace {

/// A line [N, C, L] is an image of one row: what a node says of one axis is that of the columns.
bool is_line(const OnnxCall& c) { return rank_of(c.value(0)) == 3; }

Value as_image(Value x) {
  const Shape& s = x.shape();
  return s.size() == 3 ? reshape(x, {s[0], s[1], 1, s[2]}) : x;
}

Value like_input(const OnnxCall& c, Value y) {
  const Shape& s = y.shape();
  return is_line(c) ? reshape(y, {s[0], s[1], s[3]}) : y;
}

struct Window {
  Pair kernel = 1, stride = 1, dilation = 1;
  Padding padding = 0;
};

Pair pair_of(const OnnxCall& c, const char* attribute, Pair fallback) {
  auto list = c.node.integers(attribute);
  if (list.empty()) return fallback;
  const std::size_t axes = is_line(c) ? 1 : 2;
  bool fits = list.size() == axes;
  for (auto n : list) fits = fits && n > 0 && n <= kMaxExtent;
  require(fits, c.node.where(), " attribute '", attribute, "' needs ", axes == 1 ? "one length" : "two lengths",
          " ≥ 1, got ", to_string(list));
  if (axes == 1) list.insert(list.begin(), 1);
  return {list[0], list[1]};
}

/// What auto_pad adds along one axis so that the result has ⌈length / stride⌉ elements.
std::int64_t same(std::int64_t length, std::int64_t kernel, std::int64_t stride, std::int64_t dilation) {
  const std::int64_t result = (length + stride - 1) / stride;
  return std::max<std::int64_t>(0, (result - 1) * stride + (kernel - 1) * dilation + 1 - length);
}

/// `rows` and `columns` in all; the odd one goes to the end, or with SAME_LOWER to the beginning.
Padding shared_padding(const OnnxCall& c, std::int64_t rows, std::int64_t columns) {
  const std::int64_t more = c.node.text("auto_pad", "NOTSET") == "SAME_LOWER" ? 1 : 0;
  const std::int64_t top = (rows + more) / 2, left = (columns + more) / 2;
  return {top, left, rows - top, columns - left};
}

bool is_same(const OnnxCall& c) {
  const std::string mode = c.node.text("auto_pad", "NOTSET");
  const bool is_known = mode == "NOTSET" || mode == "VALID" || mode == "SAME_UPPER" || mode == "SAME_LOWER";
  require(is_known, c.node.where(), " has an unknown auto_pad '", files::printable(mode), "'");
  return mode.starts_with("SAME");
}

Padding explicit_padding(const OnnxCall& c) {
  auto list = c.node.integers("pads");
  if (list.empty() || c.node.text("auto_pad", "NOTSET") == "VALID") return 0;
  const std::size_t sides = is_line(c) ? 2 : 4;
  bool fits = list.size() == sides;
  for (auto p : list) fits = fits && p >= 0 && p <= kMaxExtent;
  require(fits, c.node.where(), " needs ", sides == 2 ? "two" : "four", " pads ≥ 0, got ", to_string(list));
  return sides == 2 ? Padding(0, list[0], 0, list[1]) : Padding(list[0], list[1], list[2], list[3]);
}

/// The window's attributes on image x; `kernel` is that of the weights where a node has some.
Window window_of(const OnnxCall& c, Value x, Pair kernel) {
  require(x.shape().size() == 4, c.node.where(), " needs an image [N, C, H, W] or a line [N, C, L], got ",
          to_string(x.shape()));
  Window w{pair_of(c, "kernel_shape", kernel), pair_of(c, "strides", 1), pair_of(c, "dilations", 1), 0};
  const Shape& s = x.shape();
  w.padding = is_same(c) ? shared_padding(c, same(s[2], w.kernel.h, w.stride.h, w.dilation.h),
                                          same(s[3], w.kernel.w, w.stride.w, w.dilation.w))
                         : explicit_padding(c);
  return w;
}

Window pool_window(const OnnxCall& c, Value x) {
  require(c.node.has("kernel_shape"), c.node.where(), " has no kernel_shape");
  return window_of(c, x, 1);
}

/// Weights [out, in, K] of lines as [out, in, 1, K].
struct Weights {
  Value value;
  Pair kernel;
};

Weights weights_of(const OnnxCall& c) {
  Value w = c.value(1);
  require(rank_of(w) == rank_of(c.value(0)) && (rank_of(w) == 3 || rank_of(w) == 4), c.node.where(), " has weights ",
          to_string(w.shape()), " for values ", to_string(c.value(0).shape()),
          "; supported are images, lines and, but for ConvTranspose, volumes");
  w = as_image(w);
  return {w, {w.shape()[2], w.shape()[3]}};
}

Value convolution(const OnnxCall& c) {
  if (is_volume(c)) return onnx_volume_convolution(c);
  const Weights weights = weights_of(c);
  const Value x = as_image(c.value(0)), bias = c.has(2) ? c.value(2) : Value{};
  const Window w = window_of(c, x, weights.kernel);
  require(w.kernel == weights.kernel, c.node.where(), " has weights ", to_string(weights.value.shape()),
          " and another kernel_shape");
  return like_input(c, conv2d(x, weights.value, bias,
                              {.stride = w.stride,
                               .padding = w.padding,
                               .dilation = w.dilation,
                               .groups = c.node.integer("group", 1),
                               .name = c.name}));
}

/// What is cut off at both sides together so that one axis of the result has the length that the file or auto_pad asks
/// for: (length − 1) stride + (kernel − 1) dilation + 1 + more − wanted.
std::int64_t cut_off(std::int64_t length, std::int64_t kernel, std::int64_t stride, std::int64_t dilation,
                     std::int64_t more, std::int64_t wanted) {
  return (length - 1) * stride + (kernel - 1) * dilation + 1 + more - wanted;
}

Value transposed_convolution(const OnnxCall& c) {
  const Weights weights = weights_of(c);
  const Value x = as_image(c.value(0)), bias = c.has(2) ? c.value(2) : Value{};
  Window w = window_of(c, x, weights.kernel);
  Pair more = 0;
  if (const auto list = c.node.integers("output_padding"); !list.empty()) {
    require(list.size() == (is_line(c) ? 1U : 2U) && *std::min_element(list.begin(), list.end()) >= 0, c.node.where(),
            " has output_padding ", to_string(list));
    more = {is_line(c) ? 0 : list[0], list.back()};
  }
  const auto wanted = c.node.integers("output_shape");
  if (!wanted.empty() || is_same(c)) {
    require(wanted.empty() || wanted.size() >= (is_line(c) ? 1U : 2U), c.node.where(), " has output_shape ",
            to_string(wanted));
    const Shape& s = x.shape();
    const std::int64_t height = is_line(c) ? 1 : wanted.empty() ? s[2] * w.stride.h : wanted[wanted.size() - 2];
    const std::int64_t width = wanted.empty() ? s[3] * w.stride.w : wanted.back();
    const auto rows = cut_off(s[2], w.kernel.h, w.stride.h, w.dilation.h, more.h, height);
    const auto columns = cut_off(s[3], w.kernel.w, w.stride.w, w.dilation.w, more.w, width);
    require(std::abs(rows) <= kMaxExtent && std::abs(columns) <= kMaxExtent, c.node.where(), " has output_shape ",
            to_string(wanted));
    // What is missing is added at the end.
    w.padding = shared_padding(c, std::max<std::int64_t>(0, rows), std::max<std::int64_t>(0, columns));
    if (c.node.text("auto_pad", "NOTSET") == "NOTSET")  // of an odd number the larger half comes first
      w.padding = {w.padding.bottom, w.padding.right, w.padding.top, w.padding.left};
    more = {more.h + std::max<std::int64_t>(0, -rows), more.w + std::max<std::int64_t>(0, -columns)};
  }
  return like_input(c, conv_transpose2d(x, weights.value, bias,
                                        {.stride = w.stride,
                                         .padding = w.padding,
                                         .output_padding = more,
                                         .dilation = w.dilation,
                                         .groups = c.node.integer("group", 1),
                                         .name = c.name}));
}

Value max_pool(const OnnxCall& c) {
  if (is_volume(c)) return onnx_volume_max_pool(c);
  const Value x = as_image(c.value(0));
  const Window w = pool_window(c, x);
  return like_input(c, max_pool2d(x, {.kernel = w.kernel,
                                      .stride = w.stride,
                                      .padding = w.padding,
                                      .ceil_mode = c.node.integer("ceil_mode", 0) != 0,
                                      .dilation = w.dilation,
                                      .name = c.name}));
}

AveragePool2dOptions average(const OnnxCall& c, const Window& w) {
  require(w.dilation == Pair(1), c.node.where(), " is dilated, which is not supported for means");
  return {.kernel = w.kernel,
          .stride = w.stride,
          .padding = w.padding,
          .ceil_mode = c.node.integer("ceil_mode", 0) != 0,
          .count_include_pad = c.node.integer("count_include_pad", 0) != 0,
          .name = c.name};
}

Value average_pool(const OnnxCall& c) {
  if (is_volume(c)) return onnx_volume_average_pool(c);
  const Value x = as_image(c.value(0));
  return like_input(c, average_pool2d(x, average(c, pool_window(c, x))));
}

/// |x|^p, and its root.
Value to_power(Value x, float p) {
  if (p == 1) return abs(x);
  if (p == 2) return multiply(x, x);
  return power(abs(x), x.graph->constant(x.graph->node(x).name + ".p", {{1}}, filled(p)));
}

Value root(Value sum, float p, const std::string& name) {
  if (p == 1) return sum;
  if (p == 2) return sqrt(sum, name);
  return power(sum, sum.graph->constant(name + ".root", {{1}}, filled(1 / p)), name);
}

/// (Σ |x|^p)^(1/p) over each window.
Value lp_pool(const OnnxCall& c) {
  const auto p = static_cast<float>(c.node.integer("p", 2));
  require(p >= 1, c.node.where(), " needs p ≥ 1, got ", p);
  const Value x = as_image(c.value(0));
  const Window w = pool_window(c, x);
  AveragePool2dOptions o = average(c, w);
  o.count_include_pad = true;
  const Value mean = average_pool2d(to_power(x, p), o);
  return like_input(c, root(scale(mean, static_cast<float>(w.kernel.h * w.kernel.w)), p, c.name));
}

std::vector<std::int64_t> pixels(const OnnxCall& c) {
  require(rank_of(c.value(0)) > 2, c.node.where(), " needs values [N, C, …], got ", to_string(c.value(0).shape()));
  std::vector<std::int64_t> axes(c.value(0).shape().size() - 2);
  std::iota(axes.begin(), axes.end(), std::int64_t{2});
  return axes;
}

Value global_max_pool(const OnnxCall& c) {
  const Value x = c.value(0);
  if (rank_of(x) == 4) return max_pool2d(x, {.kernel = Pair(x.shape()[2], x.shape()[3]), .name = c.name});
  return reduce_max(x, {.axes = pixels(c), .keep = true, .name = c.name});
}

Value global_average_pool(const OnnxCall& c) {
  if (rank_of(c.value(0)) == 4) return global_average_pool2d(c.value(0), c.name);
  return reduce_mean(c.value(0), {.axes = pixels(c), .keep = true, .name = c.name});
}

Value global_lp_pool(const OnnxCall& c) {
  const auto p = static_cast<float>(c.node.integer("p", 2));
  require(p >= 1, c.node.where(), " needs p ≥ 1, got ", p);
  return root(reduce_sum(to_power(c.value(0), p), {.axes = pixels(c), .keep = true}), p, c.name);
}

}  // namespace

OnnxTable onnx_windows() {
  return {
      {"AveragePool", onnx_op(average_pool)},
      {"Conv", onnx_op(convolution)},
      {"ConvTranspose", onnx_op(transposed_convolution)},
      {"GlobalAveragePool", onnx_op(global_average_pool)},
      {"GlobalLpPool", onnx_op(global_lp_pool)},
      {"GlobalMaxPool", onnx_op(global_max_pool)},
      {"LpPool", onnx_op(lp_pool)},
      {"MaxPool", onnx_op(max_pool)},
  };
}

}  // namespace backflow::models
