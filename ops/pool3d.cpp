#include <backflow/ops/pool3d.h>

#include <backflow/graph/error.h>
#include <backflow/ops/average_pool2d.h>
#include <backflow/ops/max_pool2d.h>
#include <backflow/ops/reshape.h>

namespace backflow {
namespace {

/// pool(x, kernel, stride, padding, dilation) along the planes, then along the depth.
template <class Pool>
Value pool_volume(const char* op, Value x, const Pool3dOptions& o, const Pool& pool) {
  const Shape& s = x.shape();
  require(s.size() == 5, "[", op, "] input needs shape [N, C, D, H, W], got ", to_string(s));
  const Triple stride = o.stride.value_or(o.kernel);
  const Value planes = pool(reshape(x, {s[0], s[1] * s[2], s[3], s[4]}), o.kernel.plane(), stride.plane(),
                            o.padding.plane, o.dilation.plane());
  const Shape p = planes.shape();
  const Value y = pool(reshape(planes, {s[0], s[1], s[2], p[2] * p[3]}), Pair(o.kernel.d, 1), Pair(stride.d, 1),
                       Padding(o.padding.front, 0, o.padding.back, 0), Pair(o.dilation.d, 1));
  return reshape(y, {s[0], s[1], y.shape()[2], p[2], p[3]}, o.name);
}

}  // namespace

Value max_pool3d(Value x, const Pool3dOptions& o) {
  return pool_volume("max_pool3d", x, o, [&](Value v, Pair kernel, Pair stride, Padding padding, Pair dilation) {
    return max_pool2d(
        v, {.kernel = kernel, .stride = stride, .padding = padding, .ceil_mode = o.ceil_mode, .dilation = dilation});
  });
}

Value average_pool3d(Value x, const Pool3dOptions& o) {
  return pool_volume("average_pool3d", x, o, [&](Value v, Pair kernel, Pair stride, Padding padding, Pair dilation) {
    return average_pool2d(v, {.kernel = kernel,
                              .stride = stride,
                              .padding = padding,
                              .ceil_mode = o.ceil_mode,
                              .count_include_pad = o.count_include_pad,
                              .dilation = dilation});
  });
}

}  // namespace backflow
