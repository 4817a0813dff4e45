#include <backflow/ops/linear.h>

#include <algorithm>

#include <backflow/graph/error.h>
#include <backflow/graph/gradient.h>
#include <backflow/ops/bias_gradient.h>
#include <backflow/ops/kernels/wide_loop.h>
#include <backflow/ops/onednn/activation.h>
#include <backflow/ops/onednn/dnnl.h>

namespace backflow {
namespace {

// Weights lie input-major, [in][out] in memory: forward and weight gradient then read and write whole rows, and
// small batches run a third faster than with output-major ones.
const Layout kWeights("ba");

constexpr double kCacheBytesPerNanosecond = 60;
// Fewer rows a tile make a product slower, the data gradient most of all; but every core wants a tile.
constexpr std::int64_t kMinRows = 16, kRows = 32;
constexpr std::int64_t kManyRows = 64;  // makes it worth to fetch weights that no core's cache holds
constexpr double kCoreCacheBytes = 2 << 20;
constexpr std::int64_t kWeightGrain = 64;  // outputs, or inputs of a data gradient, of a tile of few rows

/// Rows of a tile, at least, of `n` in all.
std::int64_t grain(std::int64_t n, const Shape& w) {
  const bool large = 4.0 * static_cast<double>(w[0] * w[1]) > kCoreCacheBytes;
  return large ? std::clamp(n / 8, kMinRows, kManyRows) : std::clamp(n / 4, kMinRows, kRows);
}

/// Whether a product of `n` rows waits for its weights alone: then each core reads a part of them, once, for all rows.
bool is_cut_by_weights(std::int64_t n, const Shape& w) {
  return n <= kMinRows && 4.0 * static_cast<double>(w[0] * w[1]) > kCoreCacheBytes;
}

/// Of a product with `n` rows: few rows take as long as the weights need to come.
double nanoseconds(std::int64_t n, const Shape& w, Type type) {
  const auto count = static_cast<double>(w[0] * w[1]);
  const double f32 =
      std::max(time_of_flops(2.0 * static_cast<double>(n) * count), 4.0 * count / kCacheBytesPerNanosecond);
  return type == Type::bf16 ? f32 / 2 : f32;
}

/// C = A B with A [m, k] and B [k, n], the operands' order given by their descriptions.
std::unique_ptr<Kernel> product(const char* op, const onednn::Desc& a, const onednn::Desc& b, const onednn::Desc& c) {
  const auto pd = onednn::descriptor<dnnl::matmul>(op, onednn::attributes(), a, b, c);
  return onednn::primitive_kernel(
      dnnl::matmul(pd), {{DNNL_ARG_SRC, false, 0, a}, {DNNL_ARG_WEIGHTS, false, 1, b}, {DNNL_ARG_DST, true, 0, c}},
      pd.scratchpad_desc());
}

/// A [rows, columns] view as a matrix, or its transpose.
onednn::Desc matrix(const View& v, bool transposed = false) {
  Shape s = strides(v.whole.shape, v.layout);
  // A piece of a single row is a whole matrix too: oneDNN's fast products want no gaps between rows.
  if (v.shape[0] == 1 && v.layout.is_plain()) s[0] = v.shape[1];
  return transposed ? onednn::matrix(v.shape[1], v.shape[0], s[1], s[0], v.whole.type)
                    : onednn::matrix(v.shape[0], v.shape[1], s[0], s[1], v.whole.type);
}

/// dx [in] of a single sample: each element is a product of dy [out] with a row of Wᵀ, whose rows are `step` apart. 64
/// sums at a time round less than a single one.
std::unique_ptr<Kernel> products_with_rows(std::int64_t inputs, std::int64_t outputs, std::int64_t step) {
  return wide_loop_kernel([=](const Buffers& b) __attribute__((always_inline)) {
    constexpr std::int64_t lanes = 64;
    const float *dy = b.input(0), *w = b.input(1);
    float* __restrict dx = b.output();
    for (std::int64_t i = 0; i < inputs; ++i, w += step) {
      float sums[lanes] = {};
      std::int64_t o = 0;
      for (; o + lanes <= outputs; o += lanes)
        for (std::int64_t l = 0; l < lanes; ++l) sums[l] += dy[o + l] * w[o + l];
      for (std::int64_t l = 0; o + l < outputs; ++l) sums[l] += dy[o + l] * w[o + l];
      for (std::int64_t half = lanes / 2; half > 0; half /= 2)
        for (std::int64_t l = 0; l < half; ++l) sums[l] += sums[l + half];
      dx[i] = sums[0];
    }
  });
}

/// dx = dy W.   dy [N, out], W [out, in], dx [N, in]
class LinearDataGradient final : public Op {
 public:
  OpTraits traits() const override {
    return {.bf16 = [](const Signature&) { return Bf16Rule{true, {true, true}, {true}}; }};
  }
  std::string kind() const override { return "linear_data_gradient"; }
  std::vector<Spec> infer(std::span<const Spec> in) const override {
    return {{{in[0].shape[0], in[1].shape[1]}, in[0].type}};
  }
  void gradient(Backward& b) const override;
  Tiling tiling(const Signature& s) const override {
    const std::int64_t n = s.in[0].shape[0];
    const Shape& w = s.in[1].shape;
    if (is_cut_by_weights(n, w))
      return {
          w[1], kWeightGrain, nanoseconds(n, w, s.in[0].type), false, {Access{}, Access::along(1)}, {Access::along(1)}};
    auto t = row_tiling(s, nanoseconds(n, w, s.in[0].type), {1});
    t.grain = grain(n, w);
    return t;
  }
  Layouts layouts(const Signature&, std::span<const Layout>) const override { return {{{}, kWeights}, {{}}}; }
  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View> out) const override {
    const Shape w = strides(in[1].whole.shape, in[1].layout);
    if (in[0].whole.shape[0] == 1 && in[0].whole.type == Type::f32 && in[1].whole.type == Type::f32 && w[0] == 1)
      return products_with_rows(in[1].shape[1], in[1].shape[0], w[1]);
    return product("linear_data_gradient", matrix(in[0]), matrix(in[1]), matrix(out[0]));
  }
};

/// dWᵀ [in, out] of a single sample: each row is dy [out] times an element of x [in].
std::unique_ptr<Kernel> outer_product(std::int64_t inputs, std::int64_t outputs) {
  return wide_loop_kernel([=](const Buffers& b) __attribute__((always_inline)) {
    const float *x = b.input(0), *dy = b.input(1);
    float* __restrict dw = b.output();
    for (std::int64_t i = 0; i < inputs; ++i)
      for (std::int64_t o = 0; o < outputs; ++o) dw[i * outputs + o] = x[i] * dy[o];
  });
}

/// dW = dyᵀ x.   x [N, in], dy [N, out], dW [out, in]; cut along `in`, which is outermost in memory.
class LinearWeightGradient final : public Op {
 public:
  OpTraits traits() const override {
    return {.bf16 = [](const Signature&) { return Bf16Rule{true, {true, true}, {false}}; }};
  }
  std::string kind() const override { return "linear_weight_gradient"; }
  std::vector<Spec> infer(std::span<const Spec> in) const override {
    return {{{in[1].shape[1], in[0].shape[1]}, Type::f32}};
  }
  void gradient(Backward& b) const override;
  Tiling tiling(const Signature& s) const override {
    const double time = nanoseconds(s.in[0].shape[0], s.out[0].shape, s.in[0].type);
    return {s.in[0].shape[1], 16, time, false, {Access::along(1), Access{}}, {Access::along(1)}};
  }
  Layouts layouts(const Signature&, std::span<const Layout>) const override { return {{{}, {}}, {kWeights}}; }
  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View> out) const override {
    const bool f32 = in[0].whole.type == Type::f32;
    if (in[0].shape[0] == 1 && f32) return outer_product(out[0].shape[1], out[0].shape[0]);
    return product("linear_weight_gradient", matrix(in[0], true), matrix(in[1]), matrix(out[0], true));
  }
};

class Linear final : public Op {
 public:
  explicit Linear(std::shared_ptr<const Activation> activation = nullptr) : activation_(std::move(activation)) {}

  OpTraits traits() const override {
    return {.locality = Locality::global,
            .bf16 =
                [](const Signature&) {
                  return Bf16Rule{true, {true, true, false}, {true}};
                },
            .part_of_batch = [this](const Signature&, std::int64_t) { return std::make_shared<Linear>(*this); }};
  }
  std::string kind() const override { return activation_ ? "linear+" + activation_->kind() : "linear"; }

  std::vector<Spec> infer(std::span<const Spec> in) const override {
    const Shape &x = in[0].shape, &w = in[1].shape;
    require(x.size() == 2, "[linear] input needs shape [N, in], got ", to_string(x));
    require(w.size() == 2 && w[1] == x[1], "[linear] input has ", x[1], " features, weights ", to_string(w), " expect ",
            w.size() == 2 ? w[1] : 0);
    require(in.size() < 3 || in[2].shape == Shape{w[0]}, "[linear] bias needs shape [", w[0], "], got ",
            in.size() < 3 ? "" : to_string(in[2].shape));
    return {{{x[0], w[0]}, in[0].type}};
  }

  void gradient(Backward& b) const override {
    if (b.wants(0)) b.set(0, b.add(std::make_shared<LinearDataGradient>(), {b.grad_output(), b.input(1)}));
    if (b.wants(1)) b.set(1, b.add(std::make_shared<LinearWeightGradient>(), {b.input(0), b.grad_output()}));
    const bool has_bias = b.graph().node(b.output(0)).in.size() > 2;
    if (has_bias && b.wants(2)) b.set(2, bias_gradient(b.grad_output()));
  }

  Tiling tiling(const Signature& s) const override {
    const std::int64_t n = s.in[0].shape[0];
    const Shape& w = s.in[1].shape;
    auto t = row_tiling(s, nanoseconds(n, w, s.in[0].type), {1});
    t.grain = grain(n, w);
    if (s.in.size() > 2) t.in[2] = Access{};
    if (!is_cut_by_weights(n, w)) return t;
    t.extent = w[0];
    t.grain = kWeightGrain;
    t.in.assign(s.in.size(), Access::along(0));
    t.in[0] = Access{};
    t.out = {Access::along(1)};
    return t;
  }

  Layouts layouts(const Signature& s, std::span<const Layout>) const override {
    std::vector<Layout> in(s.in.size());
    in[1] = kWeights;
    return {in, {{}}};
  }

  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View> out) const override {
    const auto x = matrix(in[0]), w = matrix(in[1], true), y = matrix(out[0]);
    auto attr = onednn::attributes();
    if (activation_) {
      dnnl::post_ops post;
      activation_->append_to(post);
      attr.set_post_ops(post);
    }
    std::vector<onednn::Argument> arguments{
        {DNNL_ARG_SRC, false, 0, x}, {DNNL_ARG_WEIGHTS, false, 1, w}, {DNNL_ARG_DST, true, 0, y}};
    if (in.size() < 3) {
      const auto pd = onednn::descriptor<dnnl::matmul>("linear", attr, x, w, y);
      return onednn::primitive_kernel(dnnl::matmul(pd), arguments, pd.scratchpad_desc());
    }
    const auto bias = onednn::matrix(1, out[0].shape[1], out[0].shape[1], 1);
    arguments.push_back({DNNL_ARG_BIAS, false, 2, bias});
    const auto pd = onednn::descriptor<dnnl::matmul>("linear", attr, x, w, bias, y);
    return onednn::primitive_kernel(dnnl::matmul(pd), arguments, pd.scratchpad_desc());
  }

  std::shared_ptr<const Op> fused_with(const Op& consumer) const override {
    if (activation_) return nullptr;
    auto activation = consumer.traits().activation;
    return activation ? std::make_shared<Linear>(activation) : nullptr;
  }

 private:
  std::shared_ptr<const Activation> activation_;
};

void LinearDataGradient::gradient(Backward& b) const {
  // dx = dy W is itself linear in dy and in W.
  if (b.wants(0)) b.set(0, b.add(std::make_shared<Linear>(), {b.grad_output(), b.input(1)}));
  if (b.wants(1)) b.set(1, b.add(std::make_shared<LinearWeightGradient>(), {b.grad_output(), b.input(0)}));
}

void LinearWeightGradient::gradient(Backward& b) const {
  if (b.wants(0)) b.set(0, b.add(std::make_shared<LinearDataGradient>(), {b.input(1), b.grad_output()}));
  if (b.wants(1)) b.set(1, b.add(std::make_shared<Linear>(), {b.input(0), b.grad_output()}));
}

}  // namespace

Value linear(Value x, const LinearOptions& options) {
  require(x.shape().size() == 2, "[linear] input of '", options.name, "' needs shape [N, in], got ",
          to_string(x.shape()));
  require(options.out > 0, "[linear] '", options.name, "' needs out ≥ 1, got ", options.out);
  const std::int64_t in = x.shape()[1];
  Graph& g = *x.graph;
  const Value w =
      g.parameter(options.name + ".weight", {{options.out, in}}, options.weight.value_or(fan_in_uniform(in)));
  const Value b = options.bias ? g.parameter(options.name + ".bias", {{options.out}},
                                             options.bias_values.value_or(fan_in_uniform(in)))
                               : Value{};
  return linear(x, w, b, options.name);
}

Value linear(Value x, Value w, Value b, const std::string& name) {
  std::vector<Value> in{x, w};
  if (b) in.push_back(b);
  return x.graph->add(std::make_shared<Linear>(), in, name)[0];
}

}  // namespace backflow
