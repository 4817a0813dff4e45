#include <backflow/ops/conv3d.h>

#include <algorithm>

#include <backflow/graph/error.h>
#include <backflow/ops/conv2d.h>
#include <backflow/ops/detail/windows.h>
#include <backflow/ops/index_select.h>
#include <backflow/ops/reshape.h>
#include <backflow/ops/transpose.h>

namespace backflow {
namespace {

/// The second and third axis of five exchanged.
Value exchanged(Value x) { return transpose(x, {.order = {0, 2, 1, 3, 4}}); }

void check_conv3d(const Shape& x, const Shape& w, const Conv3dOptions& o) {
  require(x.size() == 5, "[conv3d] input needs shape [N, C, D, H, W], got ", to_string(x));
  require(w.size() == 5, "[conv3d] weights need shape [out, in / groups, kd, kh, kw], got ", to_string(w));
  require(o.groups >= 1 && w[0] % o.groups == 0 && x[1] % o.groups == 0, "[conv3d] ", x[1], " and ", w[0],
          " channels do not go into ", o.groups, " groups");
  require(x[1] == w[1] * o.groups, "[conv3d] input has ", x[1], " channels, weights expect ", w[1] * o.groups);
  require(std::min(o.stride.d, o.dilation.d) >= 1 && std::min(o.padding.front, o.padding.back) >= 0,
          "[conv3d] stride and dilation need to be ≥ 1, padding ≥ 0");
}

}  // namespace

Value conv3d(Value x, Value w, Value b, const Conv3dOptions& o) {
  const Shape &s = x.shape(), &k = w.shape();
  check_conv3d(s, k, o);
  const std::int64_t depth = places(s[2], k[2], o.stride.d, o.dilation.d, o.padding.front + o.padding.back);
  require(depth > 0, "[conv3d] a kernel of ", k[2], " planes does not fit into ", s[2], " and their padding");
  const auto planes = window_indices(depth, k[2], o.stride.d, o.dilation.d, o.padding.front, s[2]);
  Value windows = index_select(exchanged(x), {.axis = 1, .indices = planes});  // [N, D' kd, in, H, W]
  if (o.groups > 1) windows = exchanged(reshape(windows, {s[0] * depth, k[2], o.groups, k[1], s[3] * s[4]}));
  const Value images = reshape(windows, {s[0] * depth, k[2] * s[1], s[3], s[4]});
  images.graph->mark_image(images);
  const Value weights = reshape(exchanged(w), {k[0], k[2] * k[1], k[3], k[4]});
  const Value y = conv2d(images, weights, b,
                         {.stride = o.stride.plane(),
                          .padding = o.padding.plane,
                          .dilation = o.dilation.plane(),
                          .groups = o.groups,
                          .name = o.name});
  return exchanged(reshape(y, {s[0], depth, k[0], y.shape()[2], y.shape()[3]}));
}

}  // namespace backflow
