#include <backflow/ops/kernels/convolution_weights.h>

#include <algorithm>

#include <backflow/ops/detail/channels.h>
#include <backflow/ops/kernels/pointwise_kernel.h>
#include <backflow/ops/kernels/winograd_kernel.h>

#if defined(__x86_64__)

namespace backflow {
namespace {

/// The strides of the weights, with the channels that a data gradient exchanges.
winograd::Weights weights_of(const View& v, bool gradient) {
  const Shape &w = v.whole.shape, s = strides(w, v.layout);
  winograd::Weights weights{nullptr, w[1], w[0], s[0], s[1], s[2], s[3], gradient};
  if (gradient) {
    std::swap(weights.in, weights.out);
    std::swap(weights.in_stride, weights.out_stride);
  }
  return weights;
}

/// Weights of windows over cells: [taps, taps, in, out], where out fills whole vectors.
struct SpaceToDepthWeights {
  SpaceToDepth space_to_depth;
  winograd::Weights image;  // of the image's windows
  Shape shape;

  winograd::Weights weights() const {
    winograd::Weights w = image;
    (image.turned ? w.out : w.in) *= 4;
    w.out = whole_vectors(w.out);
    w.out_stride = 1;
    w.in_stride = w.out;
    w.column_stride = w.in * w.out;
    w.row_stride = space_to_depth.taps * w.column_stride;
    w.taps = space_to_depth.taps;
    return w;
  }
  std::int64_t count() const { return space_to_depth.taps * weights().row_stride; }

  void fill(const float* from, float* to) const {
    const winograd::Weights w = weights();
    std::fill_n(to, count(), 0.0F);
    for (std::int64_t r = 0; r < shape[2]; ++r)
      for (std::int64_t s = 0; s < shape[3]; ++s) {
        const std::int64_t row = r + space_to_depth.top, column = s + space_to_depth.left;
        const std::int64_t pixel = (row % 2 * 2 + column % 2) * shape[1];  // in its cell
        float* tap = to + row / 2 * w.row_stride + column / 2 * w.column_stride +
                     pixel * (image.turned ? w.out_stride : w.in_stride);
        const float* window = from + r * image.row_stride + s * image.column_stride;
        for (std::int64_t c = 0; c < image.in; ++c)
          for (std::int64_t k = 0; k < image.out; ++k)
            tap[c * w.in_stride + k * w.out_stride] = window[c * image.in_stride + k * image.out_stride];
      }
  }
};

class ConvolutionWeights final : public Op {
 public:
  ConvolutionWeights(Way way, bool gradient, SpaceToDepth space_to_depth)
      : way_(way), gradient_(gradient), space_to_depth_(space_to_depth) {}

  std::string kind() const override {
    if (way_ == Way::image) return "packed_windows";
    return std::string(way_ == Way::pointwise ? "packed" : "winograd") + (way_ == Way::space_to_depth ? "_cells" : "") +
           (gradient_ ? "_turned" : "");
  }
  OpTraits traits() const override {
    return {.weight_form = way_ == Way::space_to_depth ? str_cat(kind(), ' ', space_to_depth_.taps, ' ',
                                                                 space_to_depth_.top, ' ', space_to_depth_.left)
                                                       : kind()};
  }
  std::vector<Spec> infer(std::span<const Spec> in) const override {
    const Shape& w = in[0].shape;
    const std::int64_t out = w[gradient_ ? 1 : 0], inputs = w[gradient_ ? 0 : 1];
    if (way_ == Way::image) return {{{pointwise::weight_elements(w[0], w[1] * w[2] * w[3])}, in[0].type}};
    if (way_ == Way::winograd) return {{{winograd::weight_elements(inputs, out)}, in[0].type}};
    if (way_ == Way::space_to_depth)
      return {{{winograd::weight_elements(gradient_ ? w[0] : 4 * w[1], gradient_ ? 4 * w[1] : w[0])}, in[0].type}};
    return {{{pointwise::weight_elements(inputs, out)}, in[0].type}};
  }
  Tiling tiling(const Signature& s) const override {
    Tiling t;
    t.nanoseconds = time_of_bytes(4.0 * static_cast<double>(elements(s.in[0].shape) + elements(s.out[0].shape)));
    t.in = t.out = {Access{}};
    return t;
  }
  Layouts layouts(const Signature&, std::span<const Layout> offered) const override {
    if (way_ == Way::image) return {{Layout("acdb")}, {{}}};
    const bool keep = !offered[0].is_any() && !offered[0].is_blocked();
    return {{keep ? offered[0] : Layout("cdba")}, {{}}};
  }

  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View>) const override {
    const Shape& w = in[0].whole.shape;
    const winograd::Weights weights = weights_of(in[0], gradient_);
    if (way_ == Way::image)  // [out, row, column, in]: a window of all input channels is one stretch
      return loop_kernel([out = w[0], window = w[1] * w[2] * w[3]](const Buffers& b) {
        pointwise::pack(b.input(), out, window, 1, window, b.output());
      });
    if (way_ == Way::pointwise)
      return loop_kernel([w = weights](const Buffers& b) {
        pointwise::pack(b.input(), w.in, w.out, w.out_stride, w.in_stride, b.output());
      });
    if (way_ == Way::space_to_depth) return space_to_depth_kernel({space_to_depth_, weights, w});
    return loop_kernel([weights](const Buffers& b) {
      winograd::Weights now = weights;
      now.data = b.input();
      winograd::transform(now, b.output());
    });
  }

 private:
  static std::unique_ptr<Kernel> space_to_depth_kernel(const SpaceToDepthWeights& w) {
    return scratch_kernel(static_cast<std::size_t>(w.count()) * sizeof(float), [w](const Buffers& b) {
      auto* space_to_depth = reinterpret_cast<float*>(b.scratch);
      w.fill(b.input(), space_to_depth);
      winograd::Weights now = w.weights();
      now.data = space_to_depth;
      winograd::transform(now, b.output());
    });
  }

  Way way_;
  bool gradient_;
  SpaceToDepth space_to_depth_;
};

}  // namespace

std::optional<SpaceToDepth> SpaceToDepth::of(const Convolution& c, const Shape& w) {
  const std::int64_t top = c.padding.top % 2, left = c.padding.left % 2;
  const std::int64_t rows = (w[2] + top + 1) / 2, columns = (w[3] + left + 1) / 2;
  if (!(c.stride == Pair(2)) || rows != columns || rows < 3 || rows > 4) return {};
  return SpaceToDepth{rows, top, left};
}

std::shared_ptr<const Op> convolution_weights(Way way, bool gradient, const SpaceToDepth& space_to_depth) {
  return std::make_shared<ConvolutionWeights>(way, gradient, space_to_depth);
}

}  // namespace backflow

#endif
