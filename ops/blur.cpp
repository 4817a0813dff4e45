#include <backflow/ops/blur.h>

#include <algorithm>
#include <cmath>

#include <backflow/graph/gradient.h>
#include <backflow/ops/detail/image.h>

namespace backflow {
namespace {

/// Index i of an endless mirrored axis of `length` elements: … b a | a b c | c b …
std::int64_t mirrored(std::int64_t i, std::int64_t length) {
  const std::int64_t wrapped = (i % (2 * length) + 2 * length) % (2 * length);
  return wrapped < length ? wrapped : 2 * length - 1 - wrapped;
}

class BlurKernel final : public Kernel {
 public:
  BlurKernel(const ImageSize& size, std::int64_t radius, float max_sigma)
      : size_(size), radius_(radius), max_sigma_(max_sigma) {}

  std::size_t scratch_bytes() const override {
    return sizeof(float) * static_cast<std::size_t>(taps() + padded_row() + size_.sample());
  }

  void run(const Buffers& b) override {
    const float sigma = b.input(1)[0];
    require(sigma >= 0 && sigma <= max_sigma_, "[blur] sigma needs to be in 0 … ", max_sigma_, ", got ", sigma);
    if (sigma == 0) {
      std::copy_n(b.input(0), size_.n * size_.sample(), b.output());
      return;
    }
    float* weights = reinterpret_cast<float*>(b.scratch);
    float* row = weights + taps();
    float* image = row + padded_row();
    fill_weights(weights, sigma);
    for (std::int64_t n = 0; n < size_.n; ++n) {
      along_rows(b.input(0) + n * size_.sample(), image, row, weights);
      along_columns(image, b.output() + n * size_.sample(), weights);
    }
  }

 private:
  std::int64_t taps() const { return 2 * radius_ + 1; }
  std::int64_t padded_row() const { return (size_.w + 2 * radius_) * size_.c; }

  void fill_weights(float* weights, float sigma) const {
    float total = 0;
    for (std::int64_t t = -radius_; t <= radius_; ++t) {
      const float distance = static_cast<float>(t) / sigma;
      total += weights[t + radius_] = std::exp(-distance * distance / 2);
    }
    for (std::int64_t t = 0; t < taps(); ++t) weights[t] /= total;
  }

  void along_rows(const float* x, float* y, float* row, const float* weights) const {
    for (std::int64_t h = 0; h < size_.h; ++h, x += size_.row(), y += size_.row()) {
      for (std::int64_t w = -radius_; w < size_.w + radius_; ++w)
        std::copy_n(x + mirrored(w, size_.w) * size_.c, size_.c, row + (w + radius_) * size_.c);
      add_weighted(y, weights, [&](std::int64_t t) { return row + t * size_.c; });
    }
  }

  void along_columns(const float* x, float* y, const float* weights) const {
    for (std::int64_t h = 0; h < size_.h; ++h, y += size_.row())
      add_weighted(y, weights, [&](std::int64_t t) { return x + mirrored(h + t - radius_, size_.h) * size_.row(); });
  }

  /// y = Σ weights[t] · source(t), each one row long.
  template <class Source>
  void add_weighted(float* __restrict y, const float* weights, Source source) const {
    const std::int64_t length = size_.row();
    std::fill_n(y, length, 0.0F);
    for (std::int64_t t = 0; t < taps(); ++t) {
      const float* __restrict x = source(t);
      const float weight = weights[t];
      for (std::int64_t i = 0; i < length; ++i) y[i] += weight * x[i];
    }
  }

  ImageSize size_;
  std::int64_t radius_;
  float max_sigma_;
};

class Blur final : public Op {
 public:
  explicit Blur(float max_sigma)
      : max_sigma_(max_sigma), radius_(static_cast<std::int64_t>(std::ceil(3 * max_sigma))) {}

  OpTraits traits() const override { return {.locality = Locality::global, .images = true}; }
  std::string kind() const override { return "blur"; }
  std::string details() const override { return str_cat("σ ≤ ", max_sigma_); }

  std::vector<Spec> infer(std::span<const Spec> in) const override {
    require_images("blur", in[0]);
    require(in[1] == Spec{{1}}, "[blur] sigma needs shape [1], got ", to_string(in[1]));
    return {in[0]};
  }

  void gradient(Backward& b) const override {
    b.refuse(1);
    b.set(0, b.add(std::make_shared<Blur>(max_sigma_), {b.grad_output(), b.input(1)}));
  }

  Tiling tiling(const Signature& s) const override {
    const double products = 2.0 * static_cast<double>((2 * radius_ + 1) * elements(s.in[0].shape));
    return row_tiling(s, products / 4, {1});
  }
  Layouts layouts(const Signature& s, std::span<const Layout>) const override { return image_layouts(s); }
  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View>) const override {
    return std::make_unique<BlurKernel>(ImageSize(in[0].shape), radius_, max_sigma_);
  }

 private:
  float max_sigma_;
  std::int64_t radius_;
};

}  // namespace

Value blur(Value x, Value sigma, const BlurOptions& options) {
  require(options.max_sigma > 0 && options.max_sigma <= 1000, "[blur] max_sigma needs to be above 0 and ≤ 1000, got ",
          options.max_sigma);
  return x.graph->add(std::make_shared<Blur>(options.max_sigma), {x, sigma}, options.name)[0];
}

}  // namespace backflow
