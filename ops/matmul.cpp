#include <backflow/ops/matmul.h>

#include <backflow/graph/error.h>
#include <backflow/graph/gradient.h>
#include <backflow/graph/printable.h>
#include <backflow/ops/detail/broadcast.h>
#include <backflow/ops/onednn/dnnl.h>
#include <backflow/ops/reshape.h>
#include <backflow/ops/sum_to.h>

namespace backflow {
namespace {

/// The matrix of the last two axes.
onednn::Desc operand(const View& v, bool transposed) {
  const Shape s = strides(v.whole.shape, v.layout);
  const std::size_t r = s.size() - 2, c = s.size() - 1;
  return transposed ? onednn::matrix(v.shape[c], v.shape[r], s[c], s[r])
                    : onednn::matrix(v.shape[r], v.shape[c], s[r], s[c]);
}

std::unique_ptr<Kernel> product_kernel(const onednn::Desc& a, const onednn::Desc& b, const onednn::Desc& y) {
  const auto pd = onednn::descriptor<dnnl::matmul>("matmul", onednn::attributes(), a, b, y);
  return onednn::primitive_kernel(
      dnnl::matmul(pd), {{DNNL_ARG_SRC, false, 0, a}, {DNNL_ARG_WEIGHTS, false, 1, b}, {DNNL_ARG_DST, true, 0, y}},
      pd.scratchpad_desc());
}

/// The axes before the last two.
Shape stack_of(const Shape& shape) { return {shape.begin(), shape.end() - 2}; }

OpTraits product_traits(bool transpose_a, bool transpose_b) {
  return {.locality = Locality::global, .options = [transpose_a, transpose_b] {
            return OpOptions{{"transpose_a", {transpose_a ? 1.0 : 0.0}}, {"transpose_b", {transpose_b ? 1.0 : 0.0}}};
          }};
}

class Matmul final : public Op {
 public:
  Matmul(bool transpose_a, bool transpose_b) : a_(transpose_a), b_(transpose_b) {}

  OpTraits traits() const override { return product_traits(a_, b_); }
  std::string kind() const override { return "matmul"; }
  std::string details() const override { return a_ || b_ ? str_cat(a_ ? "Aᵀ" : "A", " ", b_ ? "Bᵀ" : "B") : ""; }

  std::vector<Spec> infer(std::span<const Spec> in) const override {
    return {{{in[0].shape[a_ ? 1 : 0], in[1].shape[b_ ? 0 : 1]}}};
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
    return product_kernel(operand(in[0], a_), operand(in[1], b_), operand(out[0], false));
  }

 private:
  bool a_, b_;
};

/// The same product for every matrix of a stack.
class StackKernel final : public Kernel {
 public:
  struct Places {
    std::ptrdiff_t a, b;  // in bytes
  };

  StackKernel(std::unique_ptr<Kernel> product, std::vector<Places> places, std::ptrdiff_t result_bytes)
      : product_(std::move(product)), places_(std::move(places)), result_bytes_(result_bytes) {}

  std::size_t scratch_bytes() const override { return product_->scratch_bytes(); }
  bool is_primitive() const override { return true; }

  void run(const Buffers& buffers) override {
    std::byte* y = buffers.out[0];
    for (const Places& p : places_) {
      const std::byte* in[] = {buffers.in[0] + p.a, buffers.in[1] + p.b};
      product_->run({in, &y, buffers.scratch});
      y += result_bytes_;
    }
  }

 private:
  std::unique_ptr<Kernel> product_;
  std::vector<Places> places_;
  std::ptrdiff_t result_bytes_;
};

/// Bytes from one matrix of x to the next along each axis of the result's stack; 0 where one is repeated.
Shape stack_steps(const View& x, std::size_t axes) {
  const Shape s = strides(x.whole.shape, x.layout);
  const std::size_t own = x.shape.size() - 2;
  Shape result(axes, 0);
  for (std::size_t a = 0; a < own; ++a)
    if (x.shape[a] != 1) result[axes - own + a] = s[a] * static_cast<std::int64_t>(sizeof(float));
  return result;
}

/// Where the operands of each product are, in the order of the result's stack.
std::vector<StackKernel::Places> stack_places(const View& a, const View& b, const Shape& stack) {
  const Shape a_steps = stack_steps(a, stack.size()), b_steps = stack_steps(b, stack.size());
  std::vector<StackKernel::Places> result;
  for (std::int64_t n = 0; n < elements(stack); ++n) {
    StackKernel::Places p{0, 0};
    std::int64_t rest = n;
    for (std::size_t axis = stack.size(); axis-- > 0; rest /= stack[axis]) {
      p.a += rest % stack[axis] * a_steps[axis];
      p.b += rest % stack[axis] * b_steps[axis];
    }
    result.push_back(p);
  }
  return result;
}

/// Two stacks of matrices.
class StackedMatmul final : public Op {
 public:
  StackedMatmul(bool transpose_a, bool transpose_b) : a_(transpose_a), b_(transpose_b) {}

  OpTraits traits() const override { return product_traits(a_, b_); }
  std::string kind() const override { return "matmul"; }
  std::string details() const override { return str_cat("stack, ", a_ ? "Aᵀ" : "A", " ", b_ ? "Bᵀ" : "B"); }

  std::vector<Spec> infer(std::span<const Spec> in) const override {
    const Shape &a = in[0].shape, &b = in[1].shape;
    Shape y = broadcast_shape("matmul", {stack_of(a)}, {stack_of(b)});
    y.push_back(a[a.size() - (a_ ? 1 : 2)]);
    y.push_back(b[b.size() - (b_ ? 2 : 1)]);
    return {{y}};
  }

  void gradient(Backward& g) const override {
    const Value dy = g.grad_output(), a = g.input(0), b = g.input(1);
    const auto product = [](Value x, Value y, bool tx, bool ty) {
      return matmul(x, y, {.transpose_a = tx, .transpose_b = ty});
    };
    if (g.wants(0)) g.set(0, sum_to(a_ ? product(b, dy, b_, true) : product(dy, b, false, !b_), a.shape()));
    if (g.wants(1)) g.set(1, sum_to(b_ ? product(dy, a, true, a_) : product(a, dy, !a_, false), b.shape()));
  }

  /// Along the first axis of the stack that is longer than 1.
  Tiling tiling(const Signature& s) const override {
    const Shape &a = s.in[0].shape, &y = s.out[0].shape;
    std::size_t axis = 0;
    while (y[axis] == 1) ++axis;
    const auto access = [&](const Shape& x) {
      const std::size_t missing = y.size() - x.size();
      const bool cut = axis >= missing && x[axis - missing] == y[axis];
      return cut ? Access::along(static_cast<int>(axis - missing)) : Access{};
    };
    constexpr double call = 300;
    Tiling t;
    t.extent = y[axis];
    t.nanoseconds = call * static_cast<double>(elements(stack_of(y))) +
                    time_of_flops(2.0 * static_cast<double>(elements(y) * a[a.size() - (a_ ? 2 : 1)]));
    t.in = {access(a), access(s.in[1].shape)};
    t.out = {Access::along(static_cast<int>(axis))};
    return t;
  }

  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View> out) const override {
    const Shape& y = out[0].shape;
    auto product = product_kernel(operand(in[0], a_), operand(in[1], b_), operand(out[0], false));
    const auto size = static_cast<std::ptrdiff_t>(sizeof(float)) * y[y.size() - 2] * y[y.size() - 1];
    return std::make_unique<StackKernel>(std::move(product), stack_places(in[0], in[1], stack_of(y)), size);
  }

 private:
  bool a_, b_;
};

void check_operands(const Spec& a, const Spec& b, const MatmulOptions& o) {
  require(a.type == Type::f32 && b.type == Type::f32 && !a.shape.empty() && !b.shape.empty(),
          "[matmul] needs two f32 values with axes, got ", to_string(a), " and ", to_string(b));
  require((a.shape.size() > 1 || !o.transpose_a) && (b.shape.size() > 1 || !o.transpose_b),
          "[matmul] a vector cannot be transposed, got ", to_string(a), " and ", to_string(b));
  const std::int64_t left = a.shape[a.shape.size() - (o.transpose_a ? 2 : 1)];
  const std::int64_t right = b.shape.size() == 1 ? b.shape[0] : b.shape[b.shape.size() - (o.transpose_b ? 1 : 2)];
  require(left == right, "[matmul] left matrix", o.transpose_a ? " (transposed)" : "", " has shape ",
          to_string(a.shape), ", right matrix", o.transpose_b ? " (transposed) " : " ", to_string(b.shape),
          ": the sums' lengths differ");
}

/// Operands of two axes or more. What is one product of two matrices is computed as such.
Value product_of_matrices(Value a, Value b, const MatmulOptions& o) {
  const auto matrix = [](Value x) {
    const Shape& s = x.shape();
    return s.size() == 2 ? x : reshape(x, {elements(s) / s.back(), s.back()});
  };
  const Shape left = stack_of(a.shape()), right = stack_of(b.shape());
  const bool one = elements(right) == 1 && (elements(left) == 1 || !o.transpose_a);
  if (!one) return a.graph->add(std::make_shared<StackedMatmul>(o.transpose_a, o.transpose_b), {a, b}, o.name)[0];
  Shape y = broadcast_shape("matmul", {left}, {right});
  y.push_back(a.shape()[a.shape().size() - (o.transpose_a ? 1 : 2)]);
  y.push_back(b.shape()[b.shape().size() - (o.transpose_b ? 2 : 1)]);
  const auto op = std::make_shared<Matmul>(o.transpose_a, o.transpose_b);
  const Value result = a.graph->add(op, {matrix(a), matrix(b)}, o.name)[0];
  return y.size() == 2 ? result : reshape(result, y);
}

}  // namespace

Value matmul(Value a, Value b, const MatmulOptions& o) {
  try {
    check_operands(a.spec(), b.spec(), o);
  } catch (const Error& e) {
    if (o.name.empty()) throw;
    fail(e.what(), " (node '", printable(o.name), "')");
  }
  const bool row = a.shape().size() == 1, column = b.shape().size() == 1;
  const Value y =
      product_of_matrices(row ? reshape(a, {1, a.shape()[0]}) : a, column ? reshape(b, {b.shape()[0], 1}) : b, o);
  if (!row && !column) return y;
  Shape shape = y.shape();
  if (column) shape.pop_back();
  if (row) shape.erase(shape.end() - (column ? 1 : 2));
  return reshape(y, shape);
}

}  // namespace backflow
