#include <backflow/ops/onednn/convolution.h>

#include <algorithm>
#include <string_view>

#include <backflow/ops/onednn/bf16_units.h>

namespace backflow {
namespace {

constexpr auto kDirect = dnnl::algorithm::convolution_direct;

std::int64_t channels(const onednn::Desc& d) { return onednn::dims_of(d)[1]; }

}  // namespace

OpOptions Convolution::options() const {
  return {{"stride", numbers(stride)},
          {"padding", numbers(padding)},
          {"dilation", numbers(dilation)},
          {"groups", {static_cast<double>(groups)}}};
}

std::string Convolution::details(const Shape& w) const {
  std::string text = str_cat(w[2], "×", w[3]);
  if (!(stride == Pair(1))) text += str_cat(" stride ", stride.h);
  if (!(dilation == Pair(1))) text += str_cat(" dilation ", dilation.h);
  if (groups > 1) text += str_cat(" groups ", groups);
  return text;
}

double Convolution::flops(const Shape& y, const Shape& w) const {
  return 2.0 * static_cast<double>(elements(y) * w[1] * w[2] * w[3]);
}

bool Convolution::suits_bf16(const Shape& w) const {
  constexpr std::int64_t many = 64;  // channels: docs/performance.md
  const bool transformed = stride == Pair(1) && dilation == Pair(1) && w[2] == 3 && w[3] == 3 &&
                           std::min(w[0], w[1]) >= many && bf16_units() != Bf16Units::tiles;
  return groups == 1 && !transformed;
}

double Convolution::nanoseconds(const Shape& y, const Shape& w, Type type) const {
  return time_of_flops(flops(y, w)) / (type == Type::bf16 ? 2 : 1);
}

onednn::Desc Convolution::weights(const Spec& w, const Layout& layout) const {
  if (groups == 1) return onednn::describe(w, layout);
  const Shape shape{groups, w.shape[0] / groups, w.shape[1], w.shape[2], w.shape[3]};
  if (layout.is_any()) return {shape, onednn::data_type(w.type), onednn::Tag::any};
  if (layout == Layout("Abcd8a")) return {shape, onednn::data_type(w.type), onednn::Tag::Abcde8a};
  if (layout == Layout("Abcd16a")) return {shape, onednn::data_type(w.type), onednn::Tag::Abcde16a};
  const Shape s = backflow::strides(w.shape, layout);
  return {shape, onednn::data_type(w.type), dnnl::memory::dims{shape[1] * s[0], s[0], s[1], s[2], s[3]}};
}

Layout Convolution::weights_layout(const Spec& w, const onednn::Desc& desc) const {
  const auto padded = [&](const Layout& l) { return physical_elements(w.shape, l) != elements(w.shape); };
  if (groups > 1) {
    const Layout narrow("Abcd8a"), wide("Abcd16a");
    if (!depthwise(w.shape) || padded(wide)) return Layout();
    // 2.6's brdgmm asks for an order without a name; with this one another kernel runs, and the data gradient's has it
    // too. In row-major order there would be only the reference implementation, a thousand times slower.
    return desc == weights(w, narrow) ? narrow : wide;
  }
  // Where channels do not fill their blocks: the order of the matrix products, because oneDNN 2.6.3's reorders between
  // two padded orders go wrong.
  // Those of bf16 are only made from orders that are not padded.
  const Layout wanted = onednn::layout_of(desc);
  return w.type == Type::f32 && padded(wanted) ? Layout("cdba") : wanted;
}

dnnl::convolution_forward::primitive_desc Convolution::forward(const onednn::Desc& x, const onednn::Desc& w,
                                                               const onednn::Desc* bias, const onednn::Desc& y,
                                                               const dnnl::primitive_attr& attr) const {
  constexpr auto kind = dnnl::prop_kind::forward_training;
  if (bias)
    return onednn::descriptor<dnnl::convolution_forward>("conv2d", attr, kind, kDirect, x, w, *bias, y, strides(),
                                                         dilates(), before(), after());
  return onednn::descriptor<dnnl::convolution_forward>("conv2d", attr, kind, kDirect, x, w, y, strides(), dilates(),
                                                       before(), after());
}

dnnl::convolution_backward_data::primitive_desc Convolution::backward_data(const onednn::Desc& dx,
                                                                           const onednn::Desc& w,
                                                                           const onednn::Desc& dy) const {
  const auto attr = onednn::attributes();
  // The direct kernels leave most of a vector empty where there are few channels; a matrix product does not.
  const bool few = groups == 1 && channels(dx) <= kFewChannels;
  return onednn::backward_descriptor_where<dnnl::convolution_backward_data>(
      "conv2d_data_gradient", attr, forward(onednn::as_operand(dx, w), onednn::any(w), nullptr, dy, attr),
      [&](std::string_view name) { return !few || name.find("gemm") != std::string_view::npos; }, kDirect, dx, w, dy,
      strides(), dilates(), before(), after());
}

dnnl::convolution_backward_weights::primitive_desc Convolution::backward_weights(const onednn::Desc& x,
                                                                                 const onednn::Desc& dw,
                                                                                 const onednn::Desc& dy) const {
  const auto attr = onednn::attributes();
  // oneDNN 2.6.3's kernel for strided 1×1 windows is wrong where a block of channels is not full.
  const bool unsound = (stride.h > 1 || stride.w > 1) && channels(x) % 16 != 0;
  return onednn::backward_descriptor_where<dnnl::convolution_backward_weights>(
      "conv2d_weight_gradient", attr, forward(x, onednn::any(onednn::as_operand(dw, x)), nullptr, dy, attr),
      [&](std::string_view name) { return !unsound || !name.starts_with("jit_1x1"); }, kDirect, x, dw, dy, strides(),
      dilates(), before(), after());
}

}  // namespace backflow
