#include <backflow/ops/kernels/fast_convolution.h>

#include <backflow/ops/detail/channels.h>
#include <backflow/ops/kernels/convolution_weights.h>
#include <backflow/ops/kernels/image_gradient_kernel.h>
#include <backflow/ops/kernels/image_rows.h>
#include <backflow/ops/kernels/isa.h>
#include <backflow/ops/kernels/pointwise_kernel.h>
#include <backflow/ops/kernels/winograd_kernel.h>

#if defined(__x86_64__)

namespace backflow {
namespace {

// Tiles of 4×4 outputs from which on the transform of weights pays in every step, or, done once, the product.
constexpr std::int64_t kFewestTiles = 64, kFewestTilesFrozen = 8;
constexpr std::int64_t kFewestPixels = 256;  // from which on packing of weights is nothing
constexpr std::int64_t kMaxPairs = 16'384;   // of channels, of which 36 sums stay in the cache
constexpr std::int64_t kManyChannels = 64;   // of a gradient, which may be one logit's alone
constexpr double kGain = 2.2;                // of the transform, measured: 1.7 … 2.7

/// Where residual and gate lie.
struct Besides {
  NhwcPlace residual{}, mask{};

  Besides(const Epilogue& after, std::span<const View> in) {
    if (after.residual) residual = place_of(in[after.residual_input()]);
    if (after.mask) mask = place_of(in[after.mask_input()]);
  }

  template <class Operands>
  Operands operands(const Epilogue& after, const Buffers& b) const {
    const Beside none;
    return {b.input(0),
            b.input(1),
            after.bias ? b.input(2) : nullptr,
            after.residual ? Beside{b.input(after.residual_input()), residual} : none,
            after.mask ? Beside{b.input(after.mask_input()), mask} : none,
            b.output(),
            reinterpret_cast<float*>(b.scratch)};
  }
};

class WinogradKernel final : public Kernel {
 public:
  WinogradKernel(const winograd::Problem& p, const Besides& besides) : p_(p), besides_(besides) {}
  std::size_t scratch_bytes() const override {
    return static_cast<std::size_t>(winograd::scratch_elements(p_)) * sizeof(float);
  }
  void run(const Buffers& b) override { winograd::run(p_, besides_.operands<winograd::Operands>(p_.after, b)); }

 private:
  winograd::Problem p_;
  Besides besides_;
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

/// x [N, C, H, W], weights in their form, and what Epilogue says → y [N, K, H', W'].
class FastConvolution final : public Op {
 public:
  FastConvolution(Way way, Convolution c, FastConvolutionOptions o, const Spec& w, Spec y)
      : way_(way), c_(std::move(c)), o_(std::move(o)), kernel_(w.shape[2], w.shape[3]), y_(std::move(y)) {
    if (way == Way::space_to_depth) space_to_depth_ = SpaceToDepth::of(c_, w.shape).value();
  }

  std::string kind() const override { return o_.kind; }
  /// The pixels of cells need to be dense.
  OpTraits traits() const override { return {.strided = way_ != Way::space_to_depth}; }
  std::string details() const override {
    if (way_ == Way::space_to_depth) return "Winograd, 2×2 pixels at once";
    return way_ == Way::winograd ? "Winograd" : way_ == Way::pointwise ? "pixelwise" : "window by window";
  }
  std::vector<Spec> infer(std::span<const Spec>) const override { return {y_}; }

  Tiling tiling(const Signature& s) const override {
    auto t = row_tiling(s, time_of_flops(flops(s)), {1});
    if (scatters()) {
      auto rows_of_dx = row_window_gradient_tiling(s, t.nanoseconds, rows());
      if (rows_of_dx && way_ == Way::space_to_depth) rows_of_dx->grain = 7 - space_to_depth_.taps;
      return rows_of_dx.value_or(t);
    }
    if (o_.after.bias) t.in[2] = Access{};
    const std::int64_t grain = way_ == Way::winograd ? 4 : way_ == Way::space_to_depth ? 7 - space_to_depth_.taps : 1;
    auto cut = row_window_tiling(s, t.nanoseconds, rows(), grain);
    for (std::size_t i = o_.after.residual_input(); cut && i < s.in.size(); ++i) cut->in[i] = Access::along(2);
    return cut.value_or(t);
  }

  Layouts layouts(const Signature& s, std::span<const Layout>) const override {
    Layouts l{std::vector<Layout>(s.in.size()), {Layout::nhwc()}};
    l.in[0] = Layout::nhwc();
    for (std::size_t i = o_.after.residual_input(); i < s.in.size(); ++i) l.in[i] = Layout::nhwc();
    return l;
  }

  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View> out) const override {
    const Besides besides(o_.after, in);
    if (way_ == Way::winograd)
      return std::make_unique<WinogradKernel>(problem<winograd::Problem>(in[0], out[0]), besides);
    if (way_ == Way::space_to_depth)
      return std::make_unique<WinogradKernel>(space_to_depth_problem(in[0], out[0]), besides);
    if (way_ == Way::image) return std::make_unique<ImageGradientKernel>(image_problem(in[0], out[0]));
    auto p = problem<pointwise::Problem>(in[0], out[0]);
    p.sparse = o_.gradient && p.in >= kManyChannels;
    const auto bytes = static_cast<std::size_t>(pointwise::scratch_elements(p)) * sizeof(float);
    return scratch_kernel(bytes, [p, besides](const Buffers& b) {
      pointwise::run(p, besides.operands<pointwise::Operands>(p.after, b));
    });
  }

 private:
  /// Whether rows() are those of windows over the output.
  bool scatters() const { return way_ == Way::image || (way_ == Way::space_to_depth && o_.gradient); }

  RowWindow rows() const {
    if (scatters()) return {kernel_.h, c_.stride.h, c_.padding.top};
    return {kernel_.h, c_.stride.h, o_.padding.top};
  }

  double flops(const Signature& s) const {
    const Shape& x = s.in[0].shape;
    const auto pairs = static_cast<double>(elements(y_.shape) * x[1]);
    const auto window = static_cast<double>(kernel_.h * kernel_.w);
    if (way_ == Way::winograd) return pairs * 18 / kGain;
    if (way_ == Way::space_to_depth)
      return 2 * window * static_cast<double>(elements(o_.gradient ? x : y_.shape)) *
             static_cast<double>(o_.gradient ? y_.shape[1] : x[1]) / kGain;
    if (way_ == Way::image) return 2 * window * static_cast<double>(elements(x) * y_.shape[1]);
    return 2 * pairs;
  }

  winograd::Problem space_to_depth_problem(const View& x, const View& y) const {
    auto p = problem<winograd::Problem>(x, y);
    p.taps = space_to_depth_.taps;
    p.space_to_depth_in = !o_.gradient;
    p.space_to_depth_out = o_.gradient;
    if (o_.gradient) {  // window t begins with cell t − padding
      p.out *= 4;
      p.top = space_to_depth_.taps - 1 - (c_.padding.top + space_to_depth_.top) / 2 - y.begin[2] / 2 + x.begin[2];
      p.left = space_to_depth_.taps - 1 - (c_.padding.left + space_to_depth_.left) / 2;
    } else {
      p.in *= 4;
      p.top += space_to_depth_.top;
      p.left += space_to_depth_.left;
    }
    return p;
  }

  image_gradient::Problem image_problem(const View& dy, const View& dx) const {
    const Shape &from = dy.shape, &to = dx.shape;
    return {from[0],         from[1],      to[1],       from[2],   from[3],
            to[2],           to[3],        kernel_,     c_.stride, padding_above(rows(), dx, dy),
            c_.padding.left, place_of(dy), place_of(dx)};
  }

  template <class Problem>
  Problem problem(const View& x, const View& y) const {
    return {x.shape[0],      x.shape[1],  y.shape[1],  x.shape[2],
            x.shape[3],      y.shape[2],  y.shape[3],  padding_above(rows(), x, y),
            o_.padding.left, place_of(x), place_of(y), o_.after};
  }

  Way way_;
  Convolution c_;
  FastConvolutionOptions o_;
  Pair kernel_;
  SpaceToDepth space_to_depth_;
  Spec y_;
};

/// Tiles of 4×4 outputs.
std::int64_t tiles_of(const Shape& y) { return y[0] * ((y[2] + 3) / 4) * ((y[3] + 3) / 4); }

/// Whether winograd_kernel.h can do it at all, and images are not so small that most of a tile is empty.
bool suits_winograd(const Convolution& c, const Shape& w, const Shape& y) {
  return isa() == Isa::avx512 && c.groups == 1 && c.stride == Pair(1) && c.dilation == Pair(1) && w[2] == 3 &&
         w[3] == 3 && w[0] % 16 == 0 && w[1] % 16 == 0 && y[2] > 4 && y[3] > 4;
}

/// Whether windows of stride 2 over an image of few channels can be windows of cells. For a gradient y is the image.
bool suits_cells(const Convolution& c, const Shape& w, const Shape& x, const Shape& y,
                 const FastConvolutionOptions& options) {
  const Shape& other = options.gradient ? x : y;
  return w[1] <= kFewChannels && w[0] % 16 == 0 && SpaceToDepth::of(c, w) &&
         !(options.gradient && options.after.reads_beside()) && tiles_of(other) >= kFewestTiles && other[2] > 4 &&
         other[3] > 4;
}

/// The way that is faster than oneDNN's, if there is one.
std::optional<Way> way_of(const Convolution& c, const Spec& x, const Spec& w, const Spec& y, bool frozen,
                          const FastConvolutionOptions& options) {
  const Shape &k = w.shape, &s = y.shape;
  if (isa() != Isa::avx512 || y.type != Type::f32 || c.groups != 1 || !(c.dilation == Pair(1))) return {};
  const bool window = k[2] * k[3] > 1 && (frozen || s[2] * s[3] >= kFewestPixels);
  // Its rounding flips more of the masks of relus than a sum does, for which training has no need.
  if (frozen && suits_cells(c, k, x.shape, s, options)) return Way::space_to_depth;
  if (options.gradient && k[1] <= kFewChannels && window && !options.after.reads_beside()) return Way::image;
  if (!(c.stride == Pair(1))) return {};
  // No faster than oneDNN's, but it skips other channels and masks; in training its weights would be packed every step.
  if (k[2] == 1 && k[3] == 1) return frozen ? std::optional(Way::pointwise) : std::nullopt;
  const bool enough = tiles_of(s) >= (frozen ? kFewestTilesFrozen : kFewestTiles);
  return enough && suits_winograd(c, k, s) ? std::optional(Way::winograd) : std::nullopt;
}

}  // namespace

std::optional<Prepacking> fast_convolution(const Convolution& c, const Spec& x, const Spec& w, const Spec& y,
                                           bool frozen, const FastConvolutionOptions& options) {
  const auto way = x.type == y.type ? way_of(c, x, w, y, frozen, options) : std::nullopt;
  if (!way) return {};
  auto weights = convolution_weights(*way, options.gradient, SpaceToDepth::of(c, w.shape).value_or(SpaceToDepth{}));
  return Prepacking{1, std::move(weights), std::make_shared<FastConvolution>(*way, c, options, w, y)};
}

bool has_fast_weight_gradient(const Convolution& c, const Spec& w, const Spec& dy) {
  const bool f32 = w.type == Type::f32 && dy.type == Type::f32;
  return f32 && suits_winograd(c, w.shape, dy.shape) && tiles_of(dy.shape) >= kFewestTiles &&
         w.shape[0] * w.shape[1] <= kMaxPairs;
}

std::unique_ptr<Kernel> fast_weight_gradient(const Convolution& c, const View& x, const View& dy) {
  return std::make_unique<WeightGradientKernel>(winograd::Problem{x.shape[0], x.shape[1], dy.shape[1], x.shape[2],
                                                                  x.shape[3], dy.shape[2], dy.shape[3], c.padding.top,
                                                                  c.padding.left, place_of(x), place_of(dy)});
}

}  // namespace backflow

#else  // no vectors of sixteen numbers: oneDNN does it all

namespace backflow {

std::optional<Prepacking> fast_convolution(const Convolution&, const Spec&, const Spec&, const Spec&, bool,
                                           const FastConvolutionOptions&) {
  return {};
}

bool has_fast_weight_gradient(const Convolution&, const Spec&, const Spec&) { return false; }

std::unique_ptr<Kernel> fast_weight_gradient(const Convolution&, const View&, const View&) { return nullptr; }

}  // namespace backflow

#endif
