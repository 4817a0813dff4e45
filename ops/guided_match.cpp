#include <backflow/ops/guided_match.h>

#include <algorithm>

#include <backflow/graph/gradient.h>
#include <backflow/ops/detail/image.h>
#include <backflow/ops/onednn/dnnl.h>

namespace backflow {
namespace {

struct MatchSizes {
  std::int64_t n, channels, places, guides;
  MatchSizes(const Shape& x, const Shape& guide) : n(x[0]), channels(x[1]), places(x[2] * x[3]), guides(guide[0]) {}
  std::int64_t sample() const { return channels * places; }
};

/// dx from the seed [N], the best guides [N, places] and the guide; x gives the shape.
class GuidedMatchGradient final : public Op {
 public:
  explicit GuidedMatchGradient(Shape x) : x_(std::move(x)) {}
  std::string kind() const override { return "guided_match_gradient"; }
  std::vector<Spec> infer(std::span<const Spec>) const override { return {{x_}}; }
  Tiling tiling(const Signature& s) const override {
    return row_tiling(s, time_of_bytes(8.0 * static_cast<double>(elements(x_))), {2});
  }
  Layouts layouts(const Signature& s, std::span<const Layout>) const override { return image_layouts(s); }

  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View> out) const override {
    return loop_kernel([s = MatchSizes(out[0].shape, in[2].shape)](const Buffers& b) {
      for (std::int64_t i = 0; i < s.n * s.places; ++i) {
        const float share = b.input(0)[i / s.places] / static_cast<float>(s.places);
        const float* best = b.input(2) + b.input<std::int32_t>(1)[i] * s.channels;
        float* dx = b.output() + i * s.channels;
        for (std::int64_t c = 0; c < s.channels; ++c) dx[c] = share * best[c];
      }
    });
  }

 private:
  Shape x_;
};

/// All products of one image with the guide, then the best of each place.
class GuidedMatchKernel final : public Kernel {
 public:
  explicit GuidedMatchKernel(const MatchSizes& s) : s_(s) {
    const auto x = onednn::matrix(s.places, s.channels, s.channels, 1);
    const auto guide = onednn::matrix(s.channels, s.guides, 1, s.channels);
    const auto y = onednn::matrix(s.places, s.guides, s.guides, 1);
    const auto pd = onednn::descriptor<dnnl::matmul>("guided_match", onednn::attributes(), x, guide, y);
    products_ = onednn::primitive_kernel(
        dnnl::matmul(pd),
        {{DNNL_ARG_SRC, false, 0, x}, {DNNL_ARG_WEIGHTS, false, 1, guide}, {DNNL_ARG_DST, true, 0, y}},
        pd.scratchpad_desc());
  }

  std::size_t scratch_bytes() const override { return table_bytes() + products_->scratch_bytes(); }
  bool is_primitive() const override { return true; }

  void run(const Buffers& b) override {
    const float* table = reinterpret_cast<const float*>(b.scratch);
    for (std::int64_t n = 0; n < s_.n; ++n) {
      const std::byte* in[] = {b.in[0] + static_cast<std::size_t>(n * s_.sample()) * sizeof(float), b.in[1]};
      std::byte* out[] = {b.scratch};
      products_->run({in, out, b.scratch + table_bytes()});
      float total = 0;
      for (std::int64_t p = 0; p < s_.places; ++p) {
        const float* row = table + p * s_.guides;
        const float* best = std::max_element(row, row + s_.guides);
        b.output<std::int32_t>(1)[n * s_.places + p] = static_cast<std::int32_t>(best - row);
        total += *best;
      }
      b.output()[n] = total / static_cast<float>(s_.places);
    }
  }

 private:
  std::size_t table_bytes() const {
    return (static_cast<std::size_t>(s_.places * s_.guides) * sizeof(float) + 63) / 64 * 64;
  }

  MatchSizes s_;
  std::unique_ptr<Kernel> products_;
};

/// The second output is each place's best guide.
class GuidedMatch final : public Op {
 public:
  OpTraits traits() const override { return {.locality = Locality::global}; }
  std::string kind() const override { return "guided_match"; }

  std::vector<Spec> infer(std::span<const Spec> in) const override {
    require_images("guided_match", in[0]);
    const Shape &x = in[0].shape, &guide = in[1].shape;
    require(guide.size() == 2 && guide[1] == x[1], "[guided_match] the guide needs shape [K, ", x[1], "], got ",
            to_string(guide));
    return {{{x[0]}}, {{x[0], x[2] * x[3]}, Type::s32}};
  }

  void gradient(Backward& b) const override {
    b.refuse(1);
    b.set(0,
          b.add(std::make_shared<GuidedMatchGradient>(b.input(0).shape()), {b.grad_output(), b.output(1), b.input(1)}));
  }

  Tiling tiling(const Signature& s) const override {
    return row_tiling(s, time_of_flops(2.5 * static_cast<double>(elements(s.in[0].shape) * s.in[1].shape[0])), {1});
  }
  Layouts layouts(const Signature& s, std::span<const Layout>) const override { return image_layouts(s); }
  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View>) const override {
    return std::make_unique<GuidedMatchKernel>(MatchSizes(in[0].shape, in[1].shape));
  }
};

}  // namespace

Value guided_match(Value x, Value guide, const std::string& name) {
  return x.graph->add(std::make_shared<GuidedMatch>(), {x, guide}, name)[0];
}

}  // namespace backflow
