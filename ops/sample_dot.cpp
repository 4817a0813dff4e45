#include <backflow/ops/sample_dot.h>

#include <backflow/graph/gradient.h>
#include <backflow/ops/detail/image.h>
#include <backflow/ops/kernels/lanes.h>

namespace backflow {
namespace {

/// The layout that the first input has, where samples lie one after the other in it, so that nothing is reordered.
Layouts as_first(const Signature& s, std::span<const Layout> offered) {
  const bool fits = !offered[0].is_any() && !offered[0].is_blocked() && is_outermost(s.in[0].shape, offered[0], 0);
  return fits ? same_layouts(s, offered) : image_layouts(s);
}

class SampleDot final : public Op {
 public:
  OpTraits traits() const override { return {.locality = Locality::global}; }
  std::string kind() const override { return "sample_dot"; }

  std::vector<Spec> infer(std::span<const Spec> in) const override {
    require(in[0] == in[1] && !in[0].shape.empty(), "[sample_dot] both values need one shape [N, …], got ",
            to_string(in[0]), " and ", to_string(in[1]));
    return {{{in[0].shape[0]}}};
  }

  void gradient(Backward& b) const override {
    if (b.wants(0)) b.set(0, scale_samples(b.input(1), b.grad_output()));
    if (b.wants(1)) b.set(1, scale_samples(b.input(0), b.grad_output()));
  }

  Tiling tiling(const Signature& s) const override { return row_tiling(s, time_of_bytes(bytes_of(s))); }
  Layouts layouts(const Signature& s, std::span<const Layout> offered) const override { return as_first(s, offered); }

  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View>) const override {
    const std::int64_t rows = in[0].shape[0], length = elements(in[0].shape) / rows;
    return loop_kernel([rows, length](const Buffers& b) {
      for (std::int64_t n = 0; n < rows; ++n) {
        const float *left = b.input(0) + n * length, *right = b.input(1) + n * length;
        b.output()[n] = lane_sum(length, [=](std::int64_t i) { return left[i] * right[i]; });
      }
    });
  }
};

class ScaleSamples final : public Op {
 public:
  OpTraits traits() const override { return {.locality = Locality::global}; }
  std::string kind() const override { return "scale_samples"; }

  std::vector<Spec> infer(std::span<const Spec> in) const override {
    require(!in[0].shape.empty() && in[1] == Spec{{in[0].shape[0]}}, "[scale_samples] ", to_string(in[0]),
            " needs one factor for each sample, got ", to_string(in[1]));
    return {in[0]};
  }

  void gradient(Backward& b) const override {
    if (b.wants(0)) b.set(0, scale_samples(b.grad_output(), b.input(1)));
    if (b.wants(1)) b.set(1, sample_dot(b.grad_output(), b.input(0)));
  }

  Tiling tiling(const Signature& s) const override { return row_tiling(s, time_of_bytes(bytes_of(s))); }
  Layouts layouts(const Signature& s, std::span<const Layout> offered) const override { return as_first(s, offered); }

  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View>) const override {
    const std::int64_t rows = in[0].shape[0], length = elements(in[0].shape) / rows;
    return loop_kernel([rows, length](const Buffers& b) {
      for (std::int64_t n = 0; n < rows; ++n) {
        const float* x = b.input(0) + n * length;
        float* y = b.output() + n * length;
        const float s = b.input(1)[n];
        for (std::int64_t i = 0; i < length; ++i) y[i] = s * x[i];
      }
    });
  }
};

}  // namespace

Value sample_dot(Value a, Value b, const std::string& name) {
  return a.graph->add(std::make_shared<SampleDot>(), {a, b}, name)[0];
}

Value scale_samples(Value x, Value s, const std::string& name) {
  return x.graph->add(std::make_shared<ScaleSamples>(), {x, s}, name)[0];
}

}  // namespace backflow
