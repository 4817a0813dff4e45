#include <backflow/ops/local_response_norm.h>

#include <cmath>

#include <backflow/graph/gradient.h>
#include <backflow/ops/detail/channels.h>
#include <backflow/ops/detail/image.h>

namespace backflow {
namespace {

/// out[c] = Σ term[j] over the window around c, in the order of the channels.
void window_sums(const float* term, std::int64_t channels, std::int64_t size, float* out) {
  const std::int64_t half = size / 2;
  for (std::int64_t c = 0; c < channels; ++c) {
    float sum = 0;
    for (std::int64_t j = std::max<std::int64_t>(0, c - half); j <= std::min(channels - 1, c + half); ++j)
      sum += term[j];
    out[c] = sum;
  }
}

/// sums[c] = k + α/n Σ x², power[c] = sums[c]^−β, for one row.
void powers(const float* x, std::int64_t channels, const LocalResponseNormOptions& o, float* sums, float* power) {
  for (std::int64_t c = 0; c < channels; ++c) power[c] = x[c] * x[c];
  window_sums(power, channels, o.size, sums);
  const float factor = o.alpha / static_cast<float>(o.size);
  for (std::int64_t c = 0; c < channels; ++c) sums[c] = o.k + factor * sums[c];
  if (o.beta == 0.75F)  // what networks use, and roots are vector instructions
    for (std::int64_t c = 0; c < channels; ++c) power[c] = 1 / (std::sqrt(sums[c]) * std::sqrt(std::sqrt(sums[c])));
  else
    for (std::int64_t c = 0; c < channels; ++c) power[c] = std::pow(sums[c], -o.beta);
}

Tiling rows(const Signature& s) { return row_tiling(s, 4 * time_of_bytes(bytes_of(s))); }

/// Inputs dy, x. With s = k + α/n Σ x²: dx_i = dy_i s_i^−β − 2αβ/n · x_i Σ_j dy_j x_j s_j^(−β−1), j over i's window.
class LocalResponseNormGradient final : public Op {
 public:
  explicit LocalResponseNormGradient(LocalResponseNormOptions o) : o_(std::move(o)) {}
  std::string kind() const override { return "local_response_norm_gradient"; }
  std::vector<Spec> infer(std::span<const Spec> in) const override { return {in[0]}; }
  Tiling tiling(const Signature& s) const override { return rows(s); }
  Layouts layouts(const Signature& s, std::span<const Layout>) const override { return image_layouts(s); }

  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View>) const override {
    const Channels s(in[0].shape);
    const std::int64_t n = s.channels;
    return scratch_kernel(3 * static_cast<std::size_t>(n) * sizeof(float), [s, n, o = o_](const Buffers& b) {
      auto* sums = reinterpret_cast<float*>(b.scratch);
      float *power = sums + n, *shared = power + n;
      const float factor = 2 * o.alpha * o.beta / static_cast<float>(o.size);
      const float *dy = b.input(0), *x = b.input(1);
      float* dx = b.output();
      for (std::int64_t r = 0; r < s.rows; ++r, dy += n, x += n, dx += n) {
        powers(x, n, o, sums, power);
        for (std::int64_t c = 0; c < n; ++c) sums[c] = dy[c] * x[c] * power[c] / sums[c];
        window_sums(sums, n, o.size, shared);
        for (std::int64_t c = 0; c < n; ++c) dx[c] = dy[c] * power[c] - factor * x[c] * shared[c];
      }
    });
  }

 private:
  LocalResponseNormOptions o_;
};

class LocalResponseNorm final : public Op {
 public:
  explicit LocalResponseNorm(LocalResponseNormOptions o) : o_(std::move(o)) {}
  OpTraits traits() const override {
    return {.locality = Locality::pointwise, .images = true, .options = [this] {
              return OpOptions{
                  {"size", {static_cast<double>(o_.size)}}, {"alpha", {o_.alpha}}, {"beta", {o_.beta}}, {"k", {o_.k}}};
            }};
  }
  std::string kind() const override { return "local_response_norm"; }
  std::string details() const override { return str_cat(o_.size, " channels"); }
  std::vector<Spec> infer(std::span<const Spec> in) const override {
    require_channels("local_response_norm", in[0]);
    return {in[0]};
  }
  void gradient(Backward& b) const override {
    b.set(0, b.add(std::make_shared<LocalResponseNormGradient>(o_), {b.grad_output(), b.input(0)}));
  }
  Tiling tiling(const Signature& s) const override { return rows(s); }
  Layouts layouts(const Signature& s, std::span<const Layout>) const override { return image_layouts(s); }

  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View>) const override {
    const Channels s(in[0].shape);
    const std::int64_t n = s.channels;
    return scratch_kernel(2 * static_cast<std::size_t>(n) * sizeof(float), [s, n, o = o_](const Buffers& b) {
      auto* sums = reinterpret_cast<float*>(b.scratch);
      float* power = sums + n;
      const float* x = b.input();
      float* y = b.output();
      for (std::int64_t r = 0; r < s.rows; ++r, x += n, y += n) {
        powers(x, n, o, sums, power);
        for (std::int64_t c = 0; c < n; ++c) y[c] = x[c] * power[c];
      }
    });
  }

 private:
  LocalResponseNormOptions o_;
};

}  // namespace

Value local_response_norm(Value x, const LocalResponseNormOptions& o) {
  require(o.size > 0 && o.size % 2 == 1, "[local_response_norm] size needs to be odd, got ", o.size);
  require(o.k > 0 && o.alpha >= 0, "[local_response_norm] needs k > 0 and α ≥ 0, got ", o.k, " and ", o.alpha);
  return x.graph->add(std::make_shared<LocalResponseNorm>(o), {x}, o.name)[0];
}

}  // namespace backflow
