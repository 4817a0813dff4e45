#include "ops/fast_convolution.h"

#include "ops/image_gradient_kernel.h"
#include "ops/image_rows.h"
#include "ops/isa.h"
#include "ops/parts.h"
#include "ops/pixelwise_kernel.h"
#include "ops/winograd_kernel.h"

namespace backflow {
namespace {

// Tiles of 4×4 outputs from which on the transform of weights pays in every step, or, done once, the product.
constexpr std::int64_t kFewestTiles = 64, kFewestTilesFrozen = 8;
constexpr std::int64_t kFewestPixels = 256;  // from which on packing of weights is nothing
constexpr std::int64_t kMostPairs = 16'384;  // of channels, of which 36 sums stay in the cache
constexpr std::int64_t kFewChannels = 4;     // that fill no vector
constexpr double kGain = 2.2;                // of the transform, measured: 1.7 … 2.7

enum class Way : std::uint8_t { winograd, pixelwise, image };

/// Weights [K, C, h, w] in the form that a kernel reads; `gradient` exchanges the channels.
class ConvolutionWeights final : public Op, public WeightForm {
 public:
  ConvolutionWeights(Way way, bool gradient) : way_(way), gradient_(gradient) {}

  std::string kind() const override {
    if (way_ == Way::image) return "packed_windows";
    return std::string(way_ == Way::winograd ? "winograd" : "packed") + (gradient_ ? "_turned" : "");
  }
  std::string identity() const override { return kind(); }
  std::vector<Spec> infer(std::span<const Spec> in) const override {
    const Shape& w = in[0].shape;
    const std::int64_t out = w[gradient_ ? 1 : 0], inputs = w[gradient_ ? 0 : 1];
    if (way_ == Way::image) return {{{pixelwise::weight_elements(w[0], w[1] * w[2] * w[3])}, in[0].type}};
    if (way_ == Way::winograd) return {{{winograd::weight_elements(inputs, out)}, in[0].type}};
    return {{{pixelwise::weight_elements(inputs, out)}, in[0].type}};
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
    const Shape &w = in[0].whole.shape, s = strides(w, in[0].layout);
    winograd::Weights weights{nullptr, w[1], w[0], s[0], s[1], s[2], s[3], gradient_};
    if (gradient_) {
      std::swap(weights.in, weights.out);
      std::swap(weights.in_stride, weights.out_stride);
    }
    if (way_ == Way::image)  // [out, row, column, in]: a window of all input channels is one stretch
      return loop_kernel([out = w[0], window = w[1] * w[2] * w[3]](const Buffers& b) {
        pixelwise::pack(b.input(), out, window, 1, window, b.output());
      });
    if (way_ == Way::pixelwise)
      return loop_kernel([w = weights](const Buffers& b) {
        pixelwise::pack(b.input(), w.in, w.out, w.out_stride, w.in_stride, b.output());
      });
    return loop_kernel([weights](const Buffers& b) {
      winograd::Weights now = weights;
      now.data = b.input();
      winograd::transform(now, b.output());
    });
  }

 private:
  Way way_;
  bool gradient_;
};

/// Which inputs there are beside x and the weights.
struct Extras {
  bool bias;
  std::optional<std::size_t> mask;
};

class WinogradKernel final : public Kernel {
 public:
  WinogradKernel(const winograd::Problem& p, Extras e) : p_(p), e_(e) {}
  std::size_t scratch_bytes() const override {
    return static_cast<std::size_t>(winograd::scratch_elements(p_)) * sizeof(float);
  }
  void run(const Buffers& b) override {
    winograd::run(p_, {b.input(0), b.input(1), e_.bias ? b.input(2) : nullptr, e_.mask ? b.input(*e_.mask) : nullptr,
                       b.output(), reinterpret_cast<float*>(b.scratch)});
  }

 private:
  winograd::Problem p_;
  Extras e_;
};

class ImageGradientKernel final : public Kernel {
 public:
  explicit ImageGradientKernel(const image_gradient::Problem& p) : p_(p) {}
  std::size_t scratch_bytes() const override {
    return static_cast<std::size_t>(image_gradient::scratch_elements(p_)) * sizeof(float);
  }
  void run(const Buffers& b) override {
    image_gradient::run(p_, b.input(0), b.input(1), b.output(), reinterpret_cast<float*>(b.scratch));
  }

 private:
  image_gradient::Problem p_;
};

class WeightGradientKernel final : public Kernel {
 public:
  explicit WeightGradientKernel(const winograd::Problem& p) : p_(p) {}
  std::size_t scratch_bytes() const override {
    return static_cast<std::size_t>(winograd::gradient_scratch_elements(p_)) * sizeof(float);
  }
  void run(const Buffers& b) override {
    winograd::weight_gradient(p_, b.input(0), b.input(1), b.output(), reinterpret_cast<float*>(b.scratch));
  }

 private:
  winograd::Problem p_;
};

template <class Place>
Place place_of(const View& v) {
  const Shape s = strides(v.whole.shape, v.layout);
  return {s[0], s[2], s[3]};
}

/// x [N, C, H, W], weights in their form, perhaps a bias [K], perhaps a mask → y [N, K, H', W'].
class FastConvolution final : public Op, public Strided {
 public:
  FastConvolution(Way way, Convolution c, FastConvolutionOptions o, const Spec& w, Spec y)
      : way_(way), c_(std::move(c)), o_(std::move(o)), kernel_(w.shape[2], w.shape[3]), y_(std::move(y)) {}

  std::string kind() const override { return o_.kind; }
  std::string details() const override {
    return way_ == Way::winograd ? "Winograd" : way_ == Way::pixelwise ? "pixelwise" : "window by window";
  }
  std::vector<Spec> infer(std::span<const Spec>) const override { return {y_}; }

  Tiling tiling(const Signature& s) const override {
    const double flops = static_cast<double>(elements(y_.shape) * s.in[0].shape[1]);
    const double windows = static_cast<double>(elements(s.in[0].shape) * y_.shape[1] * kernel_.h * kernel_.w);
    const double work = way_ == Way::winograd ? flops * 18 / kGain : 2 * (way_ == Way::image ? windows : flops);
    auto t = row_tiling(s, time_of_flops(work), {1});
    if (way_ == Way::image) return row_window_gradient_tiling(s, t.nanoseconds, rows()).value_or(t);
    if (o_.bias) t.in[2] = Access{};
    auto cut = row_window_tiling(s, t.nanoseconds, rows(), way_ == Way::winograd ? 4 : 1);
    if (cut && o_.mask) cut->in.back() = Access::along(2);
    return cut.value_or(t);
  }

  Layouts layouts(const Signature& s, std::span<const Layout>) const override {
    Layouts l{std::vector<Layout>(s.in.size()), {Layout::nhwc()}};
    l.in[0] = Layout::nhwc();
    if (o_.mask) l.in.back() = Layout::nhwc();
    return l;
  }

  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View> out) const override {
    const Extras extras{o_.bias, o_.mask ? std::optional(in.size() - 1) : std::nullopt};
    if (way_ == Way::winograd)
      return std::make_unique<WinogradKernel>(problem<winograd::Problem, winograd::Place>(in[0], out[0]), extras);
    if (way_ == Way::image) return std::make_unique<ImageGradientKernel>(image_problem(in[0], out[0]));
    const auto p = problem<pixelwise::Problem, pixelwise::Place>(in[0], out[0]);
    return loop_kernel([p, extras](const Buffers& b) {
      pixelwise::run(p, {b.input(0), b.input(1), extras.bias ? b.input(2) : nullptr,
                         extras.mask ? b.input(*extras.mask) : nullptr, b.output()});
    });
  }

 private:
  RowWindow rows() const {
    if (way_ == Way::image) return {kernel_.h, c_.stride.h, c_.padding.top};
    return {kernel_.h, 1, o_.padding.top};
  }

  image_gradient::Problem image_problem(const View& dy, const View& dx) const {
    const Shape &from = dy.shape, &to = dx.shape;
    return {from[0],
            from[1],
            to[1],
            from[2],
            from[3],
            to[2],
            to[3],
            kernel_,
            c_.stride,
            padding_above(rows(), dx, dy),
            c_.padding.left,
            place_of<pixelwise::Place>(dy),
            place_of<pixelwise::Place>(dx)};
  }

  template <class Problem, class Place>
  Problem problem(const View& x, const View& y) const {
    return {x.shape[0],      x.shape[1],         y.shape[1],         x.shape[2],
            x.shape[3],      y.shape[2],         y.shape[3],         padding_above(rows(), x, y),
            o_.padding.left, place_of<Place>(x), place_of<Place>(y), o_.relu};
  }

  Way way_;
  Convolution c_;
  FastConvolutionOptions o_;
  Pair kernel_;
  Spec y_;
};

/// Tiles of 4×4 outputs.
std::int64_t tiles_of(const Shape& y) { return y[0] * ((y[2] + 3) / 4) * ((y[3] + 3) / 4); }

/// Whether winograd_kernel.h can do it at all, and images are not so small that most of a tile is empty.
bool suits_winograd(const Convolution& c, const Shape& w, const Shape& y) {
  return isa() == Isa::avx512 && c.groups == 1 && c.stride == Pair(1) && c.dilation == Pair(1) && w[2] == 3 &&
         w[3] == 3 && w[0] % 16 == 0 && w[1] % 16 == 0 && y[2] > 4 && y[3] > 4;
}

/// The way that is faster than oneDNN's, if there is one.
std::optional<Way> way_of(const Convolution& c, const Spec& w, const Spec& y, bool frozen,
                          const FastConvolutionOptions& options) {
  const Shape &k = w.shape, &s = y.shape;
  if (isa() != Isa::avx512 || y.type != Type::f32 || c.groups != 1 || !(c.dilation == Pair(1))) return {};
  const bool window = k[2] * k[3] > 1 && (frozen || s[2] * s[3] >= kFewestPixels);
  if (options.gradient && k[1] <= kFewChannels && window && !options.mask) return Way::image;
  if (!(c.stride == Pair(1))) return {};
  // No faster than oneDNN's, but it skips other channels and masks; in training its weights would be packed every step.
  if (k[2] == 1 && k[3] == 1) return frozen ? std::optional(Way::pixelwise) : std::nullopt;
  const bool enough = tiles_of(s) >= (frozen ? kFewestTilesFrozen : kFewestTiles);
  return enough && suits_winograd(c, k, s) ? std::optional(Way::winograd) : std::nullopt;
}

}  // namespace

std::optional<Preparation> fast_convolution(const Convolution& c, const Spec& x, const Spec& w, const Spec& y,
                                            bool frozen, const FastConvolutionOptions& options) {
  const auto way = x.type == y.type ? way_of(c, w, y, frozen, options) : std::nullopt;
  if (!way) return {};
  return Preparation{1, std::make_shared<ConvolutionWeights>(*way, options.gradient),
                     std::make_shared<FastConvolution>(*way, c, options, w, y)};
}

bool has_fast_weight_gradient(const Convolution& c, const Spec& w, const Spec& dy) {
  const bool f32 = w.type == Type::f32 && dy.type == Type::f32;
  return f32 && suits_winograd(c, w.shape, dy.shape) && tiles_of(dy.shape) >= kFewestTiles &&
         w.shape[0] * w.shape[1] <= kMostPairs;
}

std::unique_ptr<Kernel> fast_weight_gradient(const Convolution& c, const View& x, const View& dy) {
  return std::make_unique<WeightGradientKernel>(
      winograd::Problem{x.shape[0], x.shape[1], dy.shape[1], x.shape[2], x.shape[3], dy.shape[2], dy.shape[3],
                        c.padding.top, c.padding.left, place_of<winograd::Place>(x), place_of<winograd::Place>(dy)});
}

}  // namespace backflow
