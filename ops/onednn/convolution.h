// What the three ops of a convolution share: its geometry in oneDNN's terms. Internal to ops/.
#pragma once

#include <string>

#include <backflow/ops/conv2d.h>
#include <backflow/ops/onednn/dnnl.h>

namespace backflow {

constexpr std::int64_t kFewChannels = 4;  // of an image; they fill no vector

/// Description of a whole value in nhwc.
inline onednn::Desc nhwc(const Spec& spec) { return onednn::describe(spec, Layout::nhwc()); }

struct Convolution {
  Pair stride = 1, dilation = 1;
  Padding padding = 0;
  std::int64_t groups = 1;

  std::string details(const Shape& w) const;
  OpOptions options() const;
  /// Rough time of the products on one core, with operands of this type.
  double nanoseconds(const Shape& y, const Shape& w, Type type) const;
  double flops(const Shape& y, const Shape& w) const;

  dnnl::memory::dims strides() const { return {stride.h, stride.w}; }
  dnnl::memory::dims dilates() const { return {dilation.h - 1, dilation.w - 1}; }
  dnnl::memory::dims before() const { return {padding.top, padding.left}; }
  dnnl::memory::dims after() const { return {padding.bottom, padding.right}; }

  /// Whether bf16 can be the faster choice: not where Winograd's transform of f32 saves more than vector units give.
  bool suits_bf16(const Shape& w) const;
  bool depthwise(const Shape& w) const { return groups > 1 && groups == w[0] && w[1] == 1; }
  /// Weights [out, in / groups, kh, kw] as oneDNN wants them: with an axis of groups where there are several.
  onednn::Desc weights(const Spec& w, const Layout& layout) const;
  /// The layout of the four-axis weights from oneDNN's description; row-major if it cannot be named.
  Layout weights_layout(const Spec& w, const onednn::Desc& desc) const;

  dnnl::convolution_forward::primitive_desc forward(const onednn::Desc& x, const onednn::Desc& w,
                                                    const onednn::Desc* bias, const onednn::Desc& y,
                                                    const dnnl::primitive_attr& attr) const;
  dnnl::convolution_backward_data::primitive_desc backward_data(const onednn::Desc& dx, const onednn::Desc& w,
                                                                const onednn::Desc& dy) const;
  dnnl::convolution_backward_weights::primitive_desc backward_weights(const onednn::Desc& x, const onednn::Desc& dw,
                                                                      const onednn::Desc& dy) const;
};

/// Whether `kernel_name`(signature in bf16) is that of a fast kernel of oneDNN: its products through im2col and its
/// reference implementations are slower in bf16 than what there is for f32.
template <class Name>
bool is_fast_in_bf16(Signature s, const Name& kernel_name) {
  for (auto* side : {&s.in, &s.out})
    for (Spec& spec : *side) spec.type = Type::bf16;
  try {
    const std::string name = kernel_name(s);
    return name.find("gemm") == std::string::npos && name.find("ref") == std::string::npos;
  } catch (const Error&) {
    return false;  // no kernel, or one whose weights are in an order without a name
  }
}

/// Gradient by x. dy [N, out, H', W'], w, dx `x_shape`.
Value conv2d_data_gradient(Value dy, Value w, const Convolution& c, const Shape& x_shape, const std::string& name = "");
/// Gradient by w. x, dy; the result has `w_shape`.
Value conv2d_weight_gradient(Value x, Value dy, const Convolution& c, const Shape& w_shape);
/// y itself.
Value convolve(Value x, Value w, const Convolution& c);

}  // namespace backflow
