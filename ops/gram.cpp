#include <backflow/ops/gram.h>

#include <backflow/graph/gradient.h>
#include <backflow/ops/detail/image.h>
#include <backflow/ops/onednn/dnnl.h>

namespace backflow {
namespace {

struct GramSizes {
  std::int64_t n, channels, places;
  explicit GramSizes(const Shape& x) : n(x[0]), channels(x[1]), places(x[2] * x[3]) {}

  std::int64_t sample() const { return channels * places; }
  std::int64_t square() const { return channels * channels; }
  float share() const { return 1 / static_cast<float>(places); }
  /// [places, channels], as it lies in memory, and its transpose.
  onednn::Desc rows() const { return onednn::matrix(places, channels, channels, 1); }
  onednn::Desc columns() const { return onednn::matrix(channels, places, 1, channels); }
  onednn::Desc matrix() const { return onednn::matrix(channels, channels, channels, 1); }
};

double gram_time(const Shape& x) { return time_of_flops(2.0 * static_cast<double>(elements(x) * x[1])); }

std::unique_ptr<Kernel> product(const onednn::Desc& a, const onednn::Desc& b, const onednn::Desc& c, float factor) {
  dnnl::post_ops post;
  onednn::append_eltwise(post, dnnl::algorithm::eltwise_linear, factor, 0);
  auto attr = onednn::attributes();
  attr.set_post_ops(post);
  const auto pd = onednn::descriptor<dnnl::matmul>("gram", attr, a, b, c);
  return onednn::primitive_kernel(
      dnnl::matmul(pd), {{DNNL_ARG_SRC, false, 0, a}, {DNNL_ARG_WEIGHTS, false, 1, b}, {DNNL_ARG_DST, true, 0, c}},
      pd.scratchpad_desc());
}

void run_product(Kernel& kernel, const float* a, const float* b, float* c, std::byte* scratch) {
  const std::byte* in[] = {reinterpret_cast<const std::byte*>(a), reinterpret_cast<const std::byte*>(b)};
  std::byte* out[] = {reinterpret_cast<std::byte*>(c)};
  kernel.run({in, out, scratch});
}

class GramKernel final : public Kernel {
 public:
  explicit GramKernel(const GramSizes& s) : s_(s), product_(product(s.columns(), s.rows(), s.matrix(), s.share())) {}
  std::size_t scratch_bytes() const override { return product_->scratch_bytes(); }
  bool is_primitive() const override { return true; }
  void run(const Buffers& b) override {
    for (std::int64_t n = 0; n < s_.n; ++n) {
      const float* x = b.input() + n * s_.sample();
      run_product(*product_, x, x, b.output() + n * s_.square(), b.scratch);
    }
  }

 private:
  GramSizes s_;
  std::unique_ptr<Kernel> product_;
};

/// dx = x (dG + dGᵀ) / places
class GramGradientKernel final : public Kernel {
 public:
  explicit GramGradientKernel(const GramSizes& s)
      : s_(s), product_(product(s.rows(), s.matrix(), s.rows(), s.share())) {}
  std::size_t scratch_bytes() const override { return symmetric_bytes() + product_->scratch_bytes(); }
  bool is_primitive() const override { return true; }
  void run(const Buffers& b) override {
    float* symmetric = reinterpret_cast<float*>(b.scratch);
    for (std::int64_t n = 0; n < s_.n; ++n) {
      const float* dg = b.input(0) + n * s_.square();
      for (std::int64_t i = 0; i < s_.channels; ++i)
        for (std::int64_t j = 0; j < s_.channels; ++j)
          symmetric[i * s_.channels + j] = dg[i * s_.channels + j] + dg[j * s_.channels + i];
      run_product(*product_, b.input(1) + n * s_.sample(), symmetric, b.output() + n * s_.sample(),
                  b.scratch + symmetric_bytes());
    }
  }

 private:
  std::size_t symmetric_bytes() const { return (static_cast<std::size_t>(s_.square()) * sizeof(float) + 63) / 64 * 64; }

  GramSizes s_;
  std::unique_ptr<Kernel> product_;
};

/// dx from dG [N, C, C] and x.
class GramGradient final : public Op {
 public:
  std::string kind() const override { return "gram_gradient"; }
  std::vector<Spec> infer(std::span<const Spec> in) const override { return {in[1]}; }
  Tiling tiling(const Signature& s) const override { return row_tiling(s, gram_time(s.in[1].shape)); }
  Layouts layouts(const Signature& s, std::span<const Layout>) const override { return image_layouts(s); }
  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View>) const override {
    return std::make_unique<GramGradientKernel>(GramSizes(in[1].shape));
  }
};

class Gram final : public Op {
 public:
  OpTraits traits() const override { return {.locality = Locality::global}; }
  std::string kind() const override { return "gram"; }

  std::vector<Spec> infer(std::span<const Spec> in) const override {
    require_images("gram", in[0]);
    const Shape& x = in[0].shape;
    return {{{x[0], x[1], x[1]}}};
  }

  void gradient(Backward& b) const override {
    b.set(0, b.add(std::make_shared<GramGradient>(), {b.grad_output(), b.input(0)}));
  }

  Tiling tiling(const Signature& s) const override { return row_tiling(s, gram_time(s.in[0].shape)); }
  Layouts layouts(const Signature& s, std::span<const Layout>) const override { return image_layouts(s); }
  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View>) const override {
    return std::make_unique<GramKernel>(GramSizes(in[0].shape));
  }
};

}  // namespace

Value gram(Value x, const std::string& name) { return x.graph->add(std::make_shared<Gram>(), {x}, name)[0]; }

}  // namespace backflow
