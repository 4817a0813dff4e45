#include <backflow/ops/inverse_dft.h>

#include <cmath>
#include <numbers>

#include <backflow/graph/gradient.h>
#include <backflow/ops/detail/image.h>
#include <backflow/ops/onednn/dnnl.h>

namespace backflow {
namespace {

/// One plane: the spectrum is S [2H, V], V = W/2 + 1. L S [2H, V] has real and imaginary rows in turn, so that it is
/// [H, 2V] too, and the image is (L S) R.
struct Plane {
  std::int64_t h, w, v;
  Plane(std::int64_t height, std::int64_t width) : h(height), w(width), v(width / 2 + 1) {}

  std::int64_t spectrum() const { return 2 * h * v; }
  std::int64_t image() const { return h * w; }
};

double turn(std::int64_t product, std::int64_t length) {
  return 2 * std::numbers::pi * static_cast<double>(product % length) / static_cast<double>(length);
}

/// L [2H, 2H]: row 2h + part from column (part, u).
std::vector<float> left_matrix(const Plane& p) {
  std::vector<float> m(static_cast<std::size_t>(4 * p.h * p.h));
  for (std::int64_t h = 0; h < p.h; ++h)
    for (std::int64_t u = 0; u < p.h; ++u) {
      const double angle = turn(u * h, p.h), scale = 1 / static_cast<double>(p.image());
      auto at = [&](std::int64_t row, std::int64_t column) -> float& {
        return m[static_cast<std::size_t>(row * 2 * p.h + column)];
      };
      at(2 * h, u) = at(2 * h + 1, p.h + u) = static_cast<float>(scale * std::cos(angle));
      at(2 * h + 1, u) = static_cast<float>(scale * std::sin(angle));
      at(2 * h, p.h + u) = static_cast<float>(-scale * std::sin(angle));
    }
  return m;
}

/// R [2V, W]: a frequency that has a conjugate counts twice.
std::vector<float> right_matrix(const Plane& p) {
  std::vector<float> m(static_cast<std::size_t>(2 * p.v * p.w));
  for (std::int64_t v = 0; v < p.v; ++v)
    for (std::int64_t w = 0; w < p.w; ++w) {
      const double count = v == 0 || 2 * v == p.w ? 1 : 2, angle = turn(v * w, p.w);
      m[static_cast<std::size_t>(v * p.w + w)] = static_cast<float>(count * std::cos(angle));
      m[static_cast<std::size_t>((p.v + v) * p.w + w)] = static_cast<float>(-count * std::sin(angle));
    }
  return m;
}

std::unique_ptr<Kernel> product(const onednn::Desc& a, const onednn::Desc& b, const onednn::Desc& c) {
  const auto pd = onednn::descriptor<dnnl::matmul>("inverse_dft", onednn::attributes(), a, b, c);
  return onednn::primitive_kernel(
      dnnl::matmul(pd), {{DNNL_ARG_SRC, false, 0, a}, {DNNL_ARG_WEIGHTS, false, 1, b}, {DNNL_ARG_DST, true, 0, c}},
      pd.scratchpad_desc());
}

/// Runs two products for each plane: L then R, or for the adjoint Rᵀ then Lᵀ.
class DftKernel final : public Kernel {
 public:
  DftKernel(const Plane& p, const View& in, const View& out, bool adjoint) : p_(p), adjoint_(adjoint) {
    using onednn::matrix;
    const std::int64_t rows = 2 * p.h, columns = 2 * p.v;
    if (adjoint) {
      first_ = product(matrix(p.h, p.w, p.w, 1), matrix(p.w, columns, 1, p.w), matrix(p.h, columns, columns, 1));
      second_ = product(matrix(rows, rows, 1, rows), matrix(rows, p.v, p.v, 1), matrix(rows, p.v, p.v, 1));
    } else {
      first_ = product(matrix(rows, rows, rows, 1), matrix(rows, p.v, p.v, 1), matrix(rows, p.v, p.v, 1));
      second_ = product(matrix(p.h, columns, columns, 1), matrix(columns, p.w, p.w, 1), matrix(p.h, p.w, p.w, 1));
    }
    planes_ = offsets(in, out);
  }

  std::size_t scratch_bytes() const override {
    return between() + std::max(first_->scratch_bytes(), second_->scratch_bytes());
  }
  bool is_primitive() const override { return true; }

  void run(const Buffers& b) override {
    for (const auto& [from, to] : planes_) {
      const std::byte *x = b.in[0] + from, *left = b.in[1], *right = b.in[2];
      std::byte *y = b.out[0] + to, *middle = b.scratch, *rest = b.scratch + between();
      execute(*first_, adjoint_ ? x : left, adjoint_ ? right : x, middle, rest);
      execute(*second_, adjoint_ ? left : middle, adjoint_ ? middle : right, y, rest);
    }
  }

 private:
  static void execute(Kernel& kernel, const std::byte* a, const std::byte* b, std::byte* c, std::byte* scratch) {
    const std::byte* in[] = {a, b};
    std::byte* out[] = {c};
    kernel.run({in, out, scratch});
  }

  /// Where each plane begins, in bytes from the tile's first.
  static std::vector<std::pair<std::ptrdiff_t, std::ptrdiff_t>> offsets(const View& in, const View& out) {
    const Shape from = strides(in.whole.shape, {}), to = strides(out.whole.shape, {});
    constexpr auto kSize = static_cast<std::ptrdiff_t>(sizeof(float));
    std::vector<std::pair<std::ptrdiff_t, std::ptrdiff_t>> result;
    for (std::int64_t n = 0; n < in.shape[0]; ++n)
      for (std::int64_t c = 0; c < in.shape[1]; ++c)
        result.emplace_back((n * from[0] + c * from[1]) * kSize, (n * to[0] + c * to[1]) * kSize);
    return result;
  }

  std::size_t between() const { return (static_cast<std::size_t>(p_.spectrum()) * sizeof(float) + 63) / 64 * 64; }

  Plane p_;
  bool adjoint_;
  std::unique_ptr<Kernel> first_, second_;
  std::vector<std::pair<std::ptrdiff_t, std::ptrdiff_t>> planes_;
};

/// Inputs: the spectrum (or, for the adjoint, the image's gradient), L and R.
class InverseDft final : public Op {
 public:
  InverseDft(const Plane& plane, bool adjoint) : p_(plane), adjoint_(adjoint) {}

  OpTraits traits() const override { return {.locality = Locality::global, .images = true}; }
  std::string kind() const override { return adjoint_ ? "inverse_dft_gradient" : "inverse_dft"; }

  std::vector<Spec> infer(std::span<const Spec> in) const override {
    const Shape& x = in[0].shape;
    return {{adjoint_ ? Shape{x[0], x[1], 2 * p_.h, p_.v} : Shape{x[0], x[1], p_.h, p_.w}}};
  }

  void gradient(Backward& b) const override {
    b.set(0, b.add(std::make_shared<InverseDft>(p_, !adjoint_), {b.grad_output(), b.input(1), b.input(2)}));
  }

  /// Images apart; the colours of a single one too.
  Tiling tiling(const Signature& s) const override {
    const int axis = s.in[0].shape[0] == 1 ? 1 : 0;
    Tiling t;
    t.extent = s.in[0].shape[static_cast<std::size_t>(axis)];
    t.nanoseconds = time_of_flops(static_cast<double>(s.in[0].shape[0] * s.in[0].shape[1] * p_.spectrum()) *
                                  static_cast<double>(4 * p_.h + 2 * p_.w));
    t.in = {Access::along(axis), Access{}, Access{}};
    t.out = {Access::along(axis)};
    return t;
  }

  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View> out) const override {
    return std::make_unique<DftKernel>(p_, in[0], out[0], adjoint_);
  }

 private:
  Plane p_;
  bool adjoint_;
};

}  // namespace

Value inverse_dft(Value spectrum, std::int64_t width, const std::string& name) {
  const Shape& s = spectrum.shape();
  require(s.size() == 4 && s[2] % 2 == 0 && width > 0 && s[3] == width / 2 + 1, "[inverse_dft] an image of width ",
          width, " needs a spectrum [N, C, 2H, ", width / 2 + 1, "], got ", to_string(s));
  const Plane plane(s[2] / 2, width);
  Graph& g = *spectrum.graph;
  Value left = g.constant("dft.left", {{2 * plane.h, 2 * plane.h}}, from_values(left_matrix(plane)));
  Value right = g.constant("dft.right", {{2 * plane.v, width}}, from_values(right_matrix(plane)));
  return g.add(std::make_shared<InverseDft>(plane, false), {spectrum, left, right}, name)[0];
}

}  // namespace backflow
