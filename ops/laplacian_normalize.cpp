#include <backflow/ops/laplacian_normalize.h>

#include <algorithm>
#include <array>
#include <cmath>

#include <backflow/ops/detail/image.h>
#include <backflow/ops/kernels/lanes.h>

namespace backflow {
namespace {

constexpr std::array<float, 5> kBinomial{1 / 16.F, 4 / 16.F, 6 / 16.F, 4 / 16.F, 1 / 16.F};
constexpr float kBandEpsilon = 1e-10F;

/// One level of a pyramid: nhwc without n.
struct Level {
  std::int64_t h, w, c;
  std::int64_t row() const { return w * c; }
  std::int64_t size() const { return h * row(); }
  Level half() const { return {(h + 1) / 2, (w + 1) / 2, c}; }
};

/// Half of what the kernel sticks out at the border when `length` is halved; the smaller half comes first.
std::int64_t padding(std::int64_t length) { return length % 2 ? 2 : 1; }

class LaplacianKernel final : public Kernel {
 public:
  LaplacianKernel(const ImageSize& size, int levels) : samples_(size.n) {
    levels_.push_back({size.h, size.w, size.c});
    for (int i = 0; i < levels; ++i) levels_.push_back(levels_.back().half());
  }

  std::size_t scratch_bytes() const override {
    std::int64_t count = levels_[0].size();  // columns that are halved, rows that are not
    for (const Level& l : levels_) count += l.size();
    return static_cast<std::size_t>(count) * sizeof(float);
  }

  void run(const Buffers& b) override {
    float* between = reinterpret_cast<float*>(b.scratch);
    for (std::int64_t n = 0; n < samples_; ++n) {
      float* octave = between + levels_[0].size();
      std::copy_n(b.input() + n * levels_[0].size(), levels_[0].size(), octave);
      for (std::size_t l = 0; l + 1 < levels_.size(); ++l) {
        float* low = octave + levels_[l].size();
        halve(octave, levels_[l], low, between);
        add_doubled(low, levels_[l], octave, -1, between);
        normalize(octave, levels_[l].size());
        octave = low;
      }
      normalize(octave, levels_.back().size());
      for (std::size_t l = levels_.size() - 1; l-- > 0;) {
        float* fine = octave - levels_[l].size();
        add_doubled(octave, levels_[l], fine, 1, between);
        octave = fine;
      }
      std::copy_n(octave, levels_[0].size(), b.output() + n * levels_[0].size());
    }
  }

 private:
  static void normalize(float* x, std::int64_t n) {
    const float squares = lane_sum(n, [=](std::int64_t i) { return x[i] * x[i]; });
    const float factor = 1 / std::max(std::sqrt(squares / static_cast<float>(n)), kBandEpsilon);
    for (std::int64_t i = 0; i < n; ++i) x[i] *= factor;
  }

  /// y of size x.half(); `between` holds [x.h, y.w, c].
  static void halve(const float* x, const Level& size, float* y, float* between) {
    const Level half = size.half();
    std::fill_n(between, size.h * half.row(), 0.0F);
    for (std::int64_t h = 0; h < size.h; ++h)
      for_each_tap(size.w, [&](std::int64_t fine, std::int64_t coarse, float weight) {
        for (std::int64_t c = 0; c < size.c; ++c)
          between[h * half.row() + coarse * size.c + c] += weight * x[h * size.row() + fine * size.c + c];
      });
    std::fill_n(y, half.size(), 0.0F);
    for_each_tap(size.h, [&](std::int64_t fine, std::int64_t coarse, float weight) {
      for (std::int64_t i = 0; i < half.row(); ++i)
        y[coarse * half.row() + i] += weight * between[fine * half.row() + i];
    });
  }

  /// y += sign · 4 · (transposed halving of x); y has `size`, x its half.
  static void add_doubled(const float* x, const Level& size, float* y, float sign, float* between) {
    const Level half = size.half();
    std::fill_n(between, size.h * half.row(), 0.0F);
    for_each_tap(size.h, [&](std::int64_t fine, std::int64_t coarse, float weight) {
      for (std::int64_t i = 0; i < half.row(); ++i)
        between[fine * half.row() + i] += weight * x[coarse * half.row() + i];
    });
    for (std::int64_t h = 0; h < size.h; ++h)
      for_each_tap(size.w, [&](std::int64_t fine, std::int64_t coarse, float weight) {
        for (std::int64_t c = 0; c < size.c; ++c)
          y[h * size.row() + fine * size.c + c] += sign * 4 * weight * between[h * half.row() + coarse * size.c + c];
      });
  }

  /// body(fine index, coarse index, weight) for one axis of `length`.
  template <class Body>
  static void for_each_tap(std::int64_t length, Body body) {
    for (std::int64_t coarse = 0; coarse < (length + 1) / 2; ++coarse)
      for (std::int64_t t = 0; t < 5; ++t) {
        const std::int64_t fine = 2 * coarse + t - padding(length);
        if (fine >= 0 && fine < length) body(fine, coarse, kBinomial[static_cast<std::size_t>(t)]);
      }
  }

  std::int64_t samples_;
  std::vector<Level> levels_;
};

class LaplacianNormalize final : public Op {
 public:
  explicit LaplacianNormalize(int levels) : levels_(levels) {}
  OpTraits traits() const override { return {.locality = Locality::global, .images = true}; }
  std::string kind() const override { return "laplacian_normalize"; }
  std::string details() const override { return str_cat(levels_, " levels"); }
  std::vector<Spec> infer(std::span<const Spec> in) const override {
    require_images("laplacian_normalize", in[0]);
    return {in[0]};
  }
  Tiling tiling(const Signature& s) const override {
    return row_tiling(s, 20.0 * static_cast<double>(elements(s.in[0].shape)));
  }
  Layouts layouts(const Signature& s, std::span<const Layout>) const override { return image_layouts(s); }
  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View>) const override {
    return std::make_unique<LaplacianKernel>(ImageSize(in[0].shape), levels_);
  }

 private:
  int levels_;
};

}  // namespace

Value laplacian_normalize(Value g, int levels, const std::string& name) {
  require(levels >= 1 && levels <= 16, "[laplacian_normalize] levels needs to be in 1 … 16, got ", levels);
  return g.graph->add(std::make_shared<LaplacianNormalize>(levels), {g}, name)[0];
}

}  // namespace backflow
