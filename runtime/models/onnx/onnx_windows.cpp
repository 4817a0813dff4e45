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
#include <backflow/ops/pad.h>
#include <backflow/ops/power.h>
#include <backflow/ops/reduce_max.h>
#include <backflow/ops/reduce_mean.h>
#include <backflow/ops/reduce_sum.h>
#include <backflow/ops/reshape.h>
#include <backflow/ops/scale.h>
#include <backflow/ops/sqrt.h>
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

/// A window of planes; of a line it has one row.
struct Window {
  Pair kernel = 1, stride = 1, dilation = 1;
  Padding padding = 0;
};

Pair pair_of(const std::vector<std::int64_t>& lengths) {
  return lengths.size() == 1 ? Pair(1, lengths[0]) : Pair(lengths[0], lengths[1]);
}

Padding padding_of(const OnnxPads& p) {
  return p.before.size() == 1 ? Padding(0, p.before[0], 0, p.after[0])
                              : Padding(p.before[0], p.before[1], p.after[0], p.after[1]);
}

Window plane_window(const OnnxCall& c, const OnnxWindow& w) {
  require(w.kernel.size() <= 2, c.node.where(), " needs an image [N, C, H, W] or a line [N, C, L], got ",
          to_string(c.value(0).shape()));
  return {pair_of(w.kernel), pair_of(w.stride), pair_of(w.dilation), padding_of(w.pads)};
}

/// Weights [out, in, K] of lines as [out, in, 1, K].
struct Weights {
  Value value;
  Window window;
};

Weights weights_of(const OnnxCall& c) {
  const Value w = c.value(1);
  require(rank_of(w) == rank_of(c.value(0)) && (rank_of(w) == 3 || rank_of(w) == 4), c.node.where(), " has weights ",
          to_string(w.shape()), " for values ", to_string(c.value(0).shape()),
          "; supported are images, lines and, but for ConvTranspose, volumes");
  return {as_image(w), plane_window(c, onnx_window(c, {w.shape().begin() + 2, w.shape().end()}))};
}

Value convolution(const OnnxCall& c) {
  if (is_volume(c)) return onnx_volume_convolution(c);
  const auto [weights, w] = weights_of(c);
  const Value bias = c.has(2) ? c.value(2) : Value{};
  return like_input(c, conv2d(as_image(c.value(0)), weights, bias,
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
  auto [weights, w] = weights_of(c);
  const Value x = as_image(c.value(0)), bias = c.has(2) ? c.value(2) : Value{};
  Pair more = 0;
  if (const auto list = c.node.integers("output_padding"); !list.empty()) {
    require(list.size() == (is_line(c) ? 1U : 2U) && *std::min_element(list.begin(), list.end()) >= 0, c.node.where(),
            " has output_padding ", to_string(list));
    more = {is_line(c) ? 0 : list[0], list.back()};
  }
  const auto wanted = c.node.integers("output_shape");
  if (!wanted.empty() || pads_are_same(c)) {
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
    w.padding = padding_of(shared_pads(c, {std::max<std::int64_t>(0, rows), std::max<std::int64_t>(0, columns)}));
    if (!pads_are_same(c))  // of an odd number the larger half comes first
      w.padding = {w.padding.bottom, w.padding.right, w.padding.top, w.padding.left};
    more = {more.h + std::max<std::int64_t>(0, -rows), more.w + std::max<std::int64_t>(0, -columns)};
  }
  return like_input(c, conv_transpose2d(x, weights, bias,
                                        {.stride = w.stride,
                                         .padding = w.padding,
                                         .output_padding = more,
                                         .dilation = w.dilation,
                                         .groups = c.node.integer("group", 1),
                                         .name = c.name}));
}

Value max_pool(const OnnxCall& c) {
  if (is_volume(c)) return onnx_volume_max_pool(c);
  const Window w = plane_window(c, onnx_window(c));
  return like_input(c, max_pool2d(as_image(c.value(0)), {.kernel = w.kernel,
                                                         .stride = w.stride,
                                                         .padding = w.padding,
                                                         .ceil_mode = c.node.integer("ceil_mode", 0) != 0,
                                                         .dilation = w.dilation,
                                                         .name = c.name}));
}

Value average_pool(const OnnxCall& c) {
  if (is_volume(c)) return onnx_volume_average_pool(c);
  const Window w = plane_window(c, onnx_window(c));
  return like_input(
      c, average_pool2d(as_image(c.value(0)), {.kernel = w.kernel,
                                               .stride = w.stride,
                                               .padding = w.padding,
                                               .ceil_mode = c.node.integer("ceil_mode", 0) != 0,
                                               .count_include_pad = c.node.integer("count_include_pad", 0) != 0,
                                               .dilation = w.dilation,
                                               .name = c.name}));
}

float norm_of(const OnnxCall& c) {
  const auto p = static_cast<float>(c.node.integer("p", 2));
  require(p >= 1, c.node.where(), " needs p ≥ 1, got ", p);
  return p;
}

/// |x|^p, and its root.
Value to_power(const OnnxCall& c, Value x, float p) {
  if (p == 1) return abs(x);
  return p == 2 ? multiply(x, x) : power(abs(x), c.scalar("p", p));
}

Value root(const OnnxCall& c, Value sum, float p) {
  if (p == 1) return sum;
  return p == 2 ? sqrt(sum, c.name) : power(sum, c.scalar("root", 1 / p), c.name);
}

/// The window's padding as zeros around x; in ceil_mode also what the last window reaches over.
Value with_zeros(const OnnxCall& c, Value x, const OnnxWindow& w) {
  const Shape none(x.shape().size(), 0);
  Shape before = none, after = none;
  for (std::size_t a = 0; a < w.kernel.size(); ++a) {
    before[a + 2] = w.pads.before[a];
    after[a + 2] = w.pads.after[a];
    const std::int64_t end = w.pads.before[a] + x.shape()[a + 2], reach = (w.kernel[a] - 1) * w.dilation[a] + 1;
    std::int64_t last = end + w.pads.after[a] - reach;  // where the last window may begin
    if (last <= -w.stride[a] || c.node.integer("ceil_mode", 0) == 0) continue;
    last = (last + w.stride[a] - 1) / w.stride[a] * w.stride[a];
    if (last >= end) last -= w.stride[a];
    after[a + 2] = std::max<std::int64_t>(0, last + reach - end);
  }
  return before == none && after == none ? x : pad(x, {before, after});
}

/// (Σ |x|^p)^(1/p) over each window.
Value lp_pool(const OnnxCall& c) {
  const float p = norm_of(c);
  const OnnxWindow w = onnx_window(c);
  Value x = with_zeros(c, to_power(c, c.value(0), p), w);
  const auto size = static_cast<float>(elements(w.kernel));
  if (is_volume(c)) return root(c, scale(onnx_volume_mean(x, w), size), p);
  const Window plane = plane_window(c, w);
  x = average_pool2d(as_image(x), {.kernel = plane.kernel, .stride = plane.stride, .dilation = plane.dilation});
  return root(c, scale(like_input(c, x), size), p);
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
  const float p = norm_of(c);
  return root(c, reduce_sum(to_power(c, c.value(0), p), {.axes = pixels(c), .keep = true}), p);
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
