#include <backflow/ops/max_pool2d.h>

#include <limits>

#include <backflow/graph/gradient.h>
#include <backflow/ops/detail/windows.h>
#include <backflow/ops/kernels/image_rows.h>
#include <backflow/ops/kernels/max_pool2d_kernel.h>
#include <backflow/ops/onednn/activation.h>
#include <backflow/ops/onednn/pooling.h>
#include <backflow/ops/pad.h>

namespace backflow {
namespace {

RowWindow rows_of(const Pooling& p) { return {p.kernel.h, p.stride.h, p.padding.top}; }

MaxPoolProblem problem(const Pooling& p, const View& x, const View& y) {
  const auto place_of = [](const View& v) {
    const Shape s = strides(v.whole.shape, v.layout);
    return MaxPoolProblem::Place{s[0], s[2], s[3]};
  };
  return {x.shape[0],     x.shape[1],  x.shape[2],
          x.shape[3],     y.shape[2],  y.shape[3],
          p.kernel,       p.stride,    padding_above(rows_of(p), x, y),
          p.padding.left, place_of(x), place_of(y)};
}

/// dx from dy and from where each window's largest pixel was. Behind a relu y is given too: it is used when the relu's
/// gradient is fused into this one, where windows whose largest pixel is not above zero give nothing.
class MaxPool2dGradient : public Op {
 public:
  enum class Y : std::uint8_t { none, given, used };
  MaxPool2dGradient(Pooling p, Shape x, Y y) : p_(std::move(p)), x_(std::move(x)), y_(y) {}

  OpTraits traits() const override { return {.bf16 = bf16_everywhere, .strided = true}; }
  std::string kind() const override {
    return y_ == Y::used ? "max_pool2d_gradient+relu_gradient" : "max_pool2d_gradient";
  }
  std::vector<Spec> infer(std::span<const Spec> in) const override { return {{x_, in[0].type}}; }
  Tiling tiling(const Signature& s) const override {
    const double time = p_.nanoseconds(s.in[0].shape);
    const auto cut = s.in.size() > 2 ? row_window_gradient_tiling(s, time, rows_of(p_), {1, 2})
                                     : row_window_gradient_tiling(s, time, rows_of(p_), {1});
    return cut.value_or(row_tiling(s, time));
  }
  Layouts layouts(const Signature& s, std::span<const Layout>) const override {
    return {std::vector(s.in.size(), Layout::nhwc()), {Layout::nhwc()}};
  }
  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View> out) const override {
    return max_pool_gradient_kernel(problem(p_, out[0], in[0]), in[0].whole.type, in[1].whole.type, y_ == Y::used);
  }
  std::shared_ptr<const Op> fused_with(const Op& consumer) const override;

 private:
  Pooling p_;
  Shape x_;
  Y y_;
};

/// The relu's output, which its gradient reads, tells no more than y does.
class MaxPool2dReluGradient final : public MaxPool2dGradient {
 public:
  MaxPool2dReluGradient(Pooling p, Shape x) : MaxPool2dGradient(std::move(p), std::move(x), Y::used) {}
  OpTraits traits() const override {
    OpTraits t = MaxPool2dGradient::traits();
    t.ignores_consumer_inputs = true;
    return t;
  }
};

std::shared_ptr<const Op> MaxPool2dGradient::fused_with(const Op& consumer) const {
  if (y_ != Y::given || consumer.traits().clamp_gradient != Clamp{}) return nullptr;
  return std::make_shared<MaxPool2dReluGradient>(p_, x_);
}

/// Outputs: y, and for each window the place of its largest pixel.
class MaxPool2d final : public Op {
 public:
  explicit MaxPool2d(Pooling p) : p_(std::move(p)) {}

  OpTraits traits() const override {
    return {.locality = Locality::window,
            .window = [this](std::span<const Spec>) { return p_.window(); },
            .images = true,
            .bf16 = bf16_everywhere,
            .strided = true,
            .options = [this] { return p_.options(); }};
  }
  std::string kind() const override { return "max_pool2d"; }
  std::string details() const override { return p_.details(); }

  std::vector<Spec> infer(std::span<const Spec> in) const override {
    const Shape y = p_.infer("max_pool2d", in[0]);
    const Type place = p_.kernel.h * p_.kernel.w < 256 ? Type::u8 : Type::s32;
    return {{y, in[0].type}, {y, place}};
  }

  void gradient(Backward& b) const override {
    if (!b.grad_output(0)) return;
    std::vector<Value> in{b.grad_output(0), b.output(1)};
    const bool rectified = is_rectified(b.graph(), b.input(0));
    if (rectified) in.push_back(b.output(0));
    const auto y = rectified ? MaxPool2dGradient::Y::given : MaxPool2dGradient::Y::none;
    b.set(0, b.add(std::make_shared<MaxPool2dGradient>(p_, b.input(0).shape(), y), in));
  }

  Tiling tiling(const Signature& s) const override {
    const double time = p_.nanoseconds(s.out[0].shape);
    return row_window_tiling(s, time, rows_of(p_), 1).value_or(row_tiling(s, time));
  }
  Layouts layouts(const Signature&, std::span<const Layout>) const override {
    return {{Layout::nhwc()}, {Layout::nhwc(), Layout::nhwc()}};
  }

  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View> out) const override {
    return max_pool_kernel(problem(p_, in[0], out[0]), in[0].whole.type, out[1].whole.type);
  }

 private:
  Pooling p_;
};

}  // namespace

Value max_pool2d(Value x, const MaxPool2dOptions& o) {
  Pooling p{dnnl::algorithm::pooling_max, o.kernel, o.stride.value_or(o.kernel), o.padding, o.ceil_mode, o.dilation};
  const auto pool = [&](Value v) { return v.graph->add(std::make_shared<MaxPool2d>(p), {v}, o.name)[0]; };
  const bool plain = p.dilation == Pair(1);
  if (plain && p.reaches_over_padding()) return pool(x);
  const Shape y = p.result(o.name.empty() ? "max_pool2d" : o.name, x.shape());
  const float lowest = -std::numeric_limits<float>::infinity();
  x = plain ? pad(x, borders(p.padding, lowest)) : windows_apart(x, p, y, lowest);
  if (plain)
    p.padding = 0;
  else
    p = {p.algorithm, p.kernel, p.kernel};
  return first_windows(pool(x), y);
}

}  // namespace backflow
