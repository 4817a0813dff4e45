#include <backflow/ops/normalize_gradient.h>

#include <algorithm>
#include <cmath>

#include <backflow/ops/detail/image.h>
#include <backflow/ops/kernels/lanes.h>

namespace backflow {
namespace {

class NormalizeGradient final : public Op {
 public:
  explicit NormalizeGradient(NormalizeGradientOptions o) : o_(std::move(o)) {}

  OpTraits traits() const override { return {.locality = Locality::global}; }
  std::string kind() const override {
    return o_.by == NormalizeBy::rms    ? "normalize_by_rms"
           : o_.by == NormalizeBy::norm ? "clip_norm"
                                        : "normalize_by_mean";
  }
  std::vector<Spec> infer(std::span<const Spec> in) const override { return {in[0]}; }
  Tiling tiling(const Signature& s) const override { return row_tiling(s, time_of_bytes(1.5 * bytes_of(s))); }

  Layouts layouts(const Signature& s, std::span<const Layout> offered) const override {
    const bool fits = !offered[0].is_any() && !offered[0].is_blocked() && is_outermost(s.in[0].shape, offered[0], 0);
    return fits ? same_layouts(s, offered) : image_layouts(s);
  }

  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View>) const override {
    const std::int64_t rows = in[0].shape[0], length = elements(in[0].shape) / rows;
    return loop_kernel([rows, length, o = o_](const Buffers& b) {
      for (std::int64_t n = 0; n < rows; ++n) {
        const float* g = b.input() + n * length;
        float* y = b.output() + n * length;
        const float factor = factor_of(g, length, o);
        for (std::int64_t i = 0; i < length; ++i) y[i] = factor * g[i];
      }
    });
  }

 private:
  static float factor_of(const float* g, std::int64_t n, const NormalizeGradientOptions& o) {
    const auto count = static_cast<float>(n);
    const float mean = lane_sum(n, [=](std::int64_t i) { return std::abs(g[i]); }) / count;
    if (mean == 0 || o.by == NormalizeBy::mean_abs) return mean == 0 ? 1 : 1 / mean;
    // In units of the mean, squares neither overflow nor vanish.
    const float unit = 1 / mean;
    const float squares = lane_sum(n, [=](std::int64_t i) { return g[i] * unit * (g[i] * unit); });
    return o.by == NormalizeBy::rms ? unit / std::sqrt(squares / count)
                                    : std::min(1.0F, o.limit * unit / std::sqrt(squares));
  }

  NormalizeGradientOptions o_;
};

}  // namespace

Value normalize_gradient(Value g, const NormalizeGradientOptions& options) {
  require(!g.shape().empty(), "[normalize_gradient] needs shape [N, …], got ", to_string(g.shape()));
  require(options.limit > 0, "[normalize_gradient] limit needs to be above 0, got ", options.limit);
  return g.graph->add(std::make_shared<NormalizeGradient>(options), {g}, options.name)[0];
}

}  // namespace backflow
