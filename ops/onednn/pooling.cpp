#include <backflow/ops/onednn/pooling.h>

namespace backflow {
namespace {

struct PooledAxis {
  std::int64_t length, kernel, stride, dilation, before, after;
};

std::int64_t pooled(const PooledAxis& a, bool ceil_mode) {
  const std::int64_t floor = places(a.length, a.kernel, a.stride, a.dilation, a.before + a.after);
  if (!ceil_mode) return floor;
  const std::int64_t all = places(a.length, a.kernel, a.stride, a.dilation, a.before + a.after + a.stride - 1);
  // PyTorch's rule: the last window begins inside the input or the padding before it.
  return all > 0 && (all - 1) * a.stride >= a.length + a.before ? all - 1 : all;
}

}  // namespace

Shape Pooling::result(const std::string& op, const Shape& x) const {
  require(x.size() == 4, "[", op, "] input needs shape [N, C, H, W], got ", to_string(x));
  require(std::min({kernel.h, kernel.w, stride.h, stride.w, dilation.h, dilation.w}) >= 1, "[", op,
          "] kernel, stride and dilation need to be ≥ 1");
  require(std::min({padding.top, padding.left, padding.bottom, padding.right}) >= 0, "[", op,
          "] padding needs to be ≥ 0");
  const std::int64_t h = pooled({x[2], kernel.h, stride.h, dilation.h, padding.top, padding.bottom}, ceil_mode);
  const std::int64_t w = pooled({x[3], kernel.w, stride.w, dilation.w, padding.left, padding.right}, ceil_mode);
  require(h > 0 && w > 0, "[", op, "] a window of ", kernel.h, "×", kernel.w, " does not fit into ", x[2], "×", x[3],
          " pixels");
  return {x[0], x[1], h, w};
}

bool Pooling::reaches_over_padding() const {
  return std::max(padding.top, padding.bottom) < kernel.h && std::max(padding.left, padding.right) < kernel.w;
}

Shape Pooling::infer(const char* op, const Spec& x) const {
  Shape y = result(op, x.shape);
  require(reaches_over_padding(), "[", op, "] padding needs to be less than the kernel");
  return y;
}

OpOptions Pooling::options() const {
  return {{"kernel", numbers(kernel)},
          {"stride", numbers(stride)},
          {"padding", numbers(padding)},
          {"ceil_mode", {ceil_mode ? 1.0 : 0.0}},
          {"count_include_pad", {algorithm == dnnl::algorithm::pooling_avg_include_padding ? 1.0 : 0.0}}};
}

dnnl::memory::dims Pooling::after(const onednn::Desc& x, const onednn::Desc& y) const {
  const auto in = onednn::dims_of(x), out = onednn::dims_of(y);
  return {(out[2] - 1) * stride.h + kernel.h - in[2] - padding.top,
          (out[3] - 1) * stride.w + kernel.w - in[3] - padding.left};
}

Pooling::Forward::primitive_desc Pooling::forward(const onednn::Desc& x, const onednn::Desc& y) const {
  const dnnl::memory::dims strides{stride.h, stride.w}, sizes{kernel.h, kernel.w}, none{0, 0},
      before{padding.top, padding.left};
  return onednn::descriptor<Forward>("pool2d", onednn::attributes(), dnnl::prop_kind::forward_training, algorithm, x, y,
                                     strides, sizes, none, before, after(x, y));
}

Pooling::Backward::primitive_desc Pooling::backward(const onednn::Desc& dx, const onednn::Desc& dy) const {
  const dnnl::memory::dims strides{stride.h, stride.w}, sizes{kernel.h, kernel.w}, none{0, 0},
      before{padding.top, padding.left};
  return onednn::backward_descriptor<Backward>("pool2d_gradient", onednn::attributes(), forward(dx, dy), algorithm, dx,
                                               dy, strides, sizes, none, before, after(dx, dy));
}

}  // namespace backflow
