#include <backflow/ops/matmul.h>

#include <backflow/graph/error.h>
#include <backflow/graph/gradient.h>
#include <backflow/ops/onednn/dnnl.h>

namespace backflow {
namespace {

onednn::Desc operand(const View& v, bool transposed) {
  const Shape s = strides(v.whole.shape, v.layout);
  return transposed ? onednn::matrix(v.shape[1], v.shape[0], s[1], s[0])
                    : onednn::matrix(v.shape[0], v.shape[1], s[0], s[1]);
}

class Matmul final : public Op {
 public:
  Matmul(bool transpose_a, bool transpose_b) : a_(transpose_a), b_(transpose_b) {}

  OpTraits traits() const override { return {.locality = Locality::global}; }
  std::string kind() const override { return "matmul"; }
  std::string details() const override { return a_ || b_ ? str_cat(a_ ? "Aᵀ" : "A", " ", b_ ? "Bᵀ" : "B") : ""; }

  std::vector<Spec> infer(std::span<const Spec> in) const override {
    const Shape &a = in[0].shape, &b = in[1].shape;
    const bool matrices = a.size() == 2 && b.size() == 2 && in[0].type == Type::f32 && in[1].type == Type::f32;
    require(matrices, "[matmul] needs two matrices of f32, got ", to_string(in[0]), " and ", to_string(in[1]));
    require(a[a_ ? 0 : 1] == b[b_ ? 1 : 0], "[matmul] left matrix", a_ ? " (transposed)" : "", " has shape ",
            to_string(a), ", right matrix", b_ ? " (transposed) " : " ", to_string(b), ": the sums' lengths differ");
    return {{{a[a_ ? 1 : 0], b[b_ ? 0 : 1]}}};
  }

  void gradient(Backward& g) const override {
    const Value dy = g.grad_output(), a = g.input(0), b = g.input(1);
    auto product = [&](Value x, Value y, bool tx, bool ty) { return g.add(std::make_shared<Matmul>(tx, ty), {x, y}); };
    // d op(A) = dY op(B)ᵀ and d op(B) = op(A)ᵀ dY; where an operand is transposed, so is its gradient.
    if (g.wants(0)) g.set(0, a_ ? product(b, dy, b_, true) : product(dy, b, false, !b_));
    if (g.wants(1)) g.set(1, b_ ? product(dy, a, true, a_) : product(a, dy, !a_, false));
  }

  Tiling tiling(const Signature& s) const override {
    const Shape& y = s.out[0].shape;
    Tiling t;
    t.extent = y[0];
    t.grain = 32;  // fewer rows make a product slower
    t.nanoseconds = time_of_flops(2.0 * static_cast<double>(elements(s.in[0].shape)) * static_cast<double>(y[1]));
    t.in = {Access::along(a_ ? 1 : 0), Access{}};
    t.out = {Access::along(0)};
    return t;
  }

  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View> out) const override {
    const auto a = operand(in[0], a_), b = operand(in[1], b_), y = operand(out[0], false);
    const auto pd = onednn::descriptor<dnnl::matmul>("matmul", onednn::attributes(), a, b, y);
    return onednn::primitive_kernel(
        dnnl::matmul(pd), {{DNNL_ARG_SRC, false, 0, a}, {DNNL_ARG_WEIGHTS, false, 1, b}, {DNNL_ARG_DST, true, 0, y}},
        pd.scratchpad_desc());
  }

 private:
  bool a_, b_;
};

}  // namespace

Value matmul(Value a, Value b, const MatmulOptions& o) {
  return a.graph->add(std::make_shared<Matmul>(o.transpose_a, o.transpose_b), {a, b}, o.name)[0];
}

}  // namespace backflow
