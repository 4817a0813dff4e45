#include <backflow/ops/conv_transpose2d.h>

#include <algorithm>

#include <backflow/graph/error.h>
#include <backflow/ops/add.h>
#include <backflow/ops/onednn/convolution.h>
#include <backflow/ops/pad.h>
#include <backflow/ops/reshape.h>

namespace backflow {
namespace {

/// One direction of the result.
struct TransposedAxis {
  std::int64_t length;   // computed
  std::int64_t padding;  // at the end, of the convolution whose gradient it is
  std::int64_t zeros;    // behind what is computed, where the convolution's windows do not reach
};

TransposedAxis transposed_axis(std::int64_t x, std::int64_t kernel, std::int64_t stride, std::int64_t dilation,
                               std::int64_t before, std::int64_t after, std::int64_t output_padding) {
  const std::int64_t reached = (x - 1) * stride + dilation * (kernel - 1) + 1 - before;
  const std::int64_t wanted = reached - after + output_padding, zeros = std::max<std::int64_t>(0, wanted - reached);
  return {wanted - zeros, reached - (wanted - zeros), zeros};
}

void check_transposed(const Shape& x, const Shape& w, Value b, const ConvTranspose2dOptions& o) {
  require(x.size() == 4, "[conv_transpose2d] input needs shape [N, C, H, W], got ", to_string(x));
  require(w.size() == 4, "[conv_transpose2d] weights need shape [in, out / groups, kh, kw], got ", to_string(w));
  require(x[1] == w[0], "[conv_transpose2d] input has ", x[1], " channels, weights expect ", w[0]);
  require(o.groups >= 1 && x[1] % o.groups == 0, "[conv_transpose2d] ", x[1], " channels do not go into ", o.groups,
          " groups");
  require(!b || b.shape() == Shape{w[1] * o.groups}, "[conv_transpose2d] bias needs shape [", w[1] * o.groups,
          "], got ", b ? to_string(b.shape()) : "");
  require(std::min({o.stride.h, o.stride.w, o.dilation.h, o.dilation.w}) >= 1,
          "[conv_transpose2d] stride and dilation need to be ≥ 1");
  require(std::min({o.padding.top, o.padding.left, o.padding.bottom, o.padding.right, o.output_padding.h,
                    o.output_padding.w}) >= 0,
          "[conv_transpose2d] padding and output_padding need to be ≥ 0");
}

}  // namespace

Value conv_transpose2d(Value x, Value w, Value b, const ConvTranspose2dOptions& o) {
  const Shape &s = x.shape(), &f = w.shape();
  check_transposed(s, f, b, o);
  const auto rows =
      transposed_axis(s[2], f[2], o.stride.h, o.dilation.h, o.padding.top, o.padding.bottom, o.output_padding.h);
  const auto columns =
      transposed_axis(s[3], f[3], o.stride.w, o.dilation.w, o.padding.left, o.padding.right, o.output_padding.w);
  require(rows.length > 0 && columns.length > 0, "[conv_transpose2d] ", s[2], "×", s[3], " pixels spread by ", f[2],
          "×", f[3], " do not reach over the padding");
  const Convolution c{o.stride, o.dilation, {o.padding.top, o.padding.left, rows.padding, columns.padding}, o.groups};
  Value y = conv2d_data_gradient(x, w, c, {s[0], f[1] * o.groups, rows.length, columns.length}, b ? "" : o.name);
  y.graph->mark_image(y);
  if (rows.zeros + columns.zeros > 0) y = pad(y, {.before = Shape(4, 0), .after = {0, 0, rows.zeros, columns.zeros}});
  return b ? add(y, reshape(b, {b.shape()[0], 1, 1}), o.name) : y;
}

}  // namespace backflow
