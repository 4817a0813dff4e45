#include <backflow/ops/average_pool2d.h>

#include <backflow/graph/error.h>
#include <backflow/graph/gradient.h>
#include <backflow/ops/detail/windows.h>
#include <backflow/ops/multiply.h>
#include <backflow/ops/onednn/pooling.h>
#include <backflow/ops/pad.h>

namespace backflow {
namespace {

class AveragePool2dGradient final : public Op {
 public:
  AveragePool2dGradient(Pooling p, Shape x) : p_(std::move(p)), x_(std::move(x)) {}

  OpTraits traits() const override { return {.bf16 = bf16_everywhere}; }
  std::string kind() const override { return "average_pool2d_gradient"; }
  std::vector<Spec> infer(std::span<const Spec> in) const override { return {{x_, in[0].type}}; }
  Tiling tiling(const Signature& s) const override { return row_tiling(s, p_.nanoseconds(s.in[0].shape)); }
  Layouts layouts(const Signature&, std::span<const Layout>) const override {
    return {{Layout::nhwc()}, {Layout::nhwc()}};
  }

  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View> out) const override {
    const auto dy = onednn::describe(in[0]), dx = onednn::describe(out[0]);
    const auto pd = p_.backward(dx, dy);
    return onednn::primitive_kernel(Pooling::Backward(pd),
                                    {{DNNL_ARG_DIFF_DST, false, 0, dy}, {DNNL_ARG_DIFF_SRC, true, 0, dx}},
                                    pd.scratchpad_desc());
  }

 private:
  Pooling p_;
  Shape x_;
};

class AveragePool2d final : public Op {
 public:
  explicit AveragePool2d(Pooling p) : p_(std::move(p)) {}

  OpTraits traits() const override {
    return {.locality = Locality::window,
            .window = [this](std::span<const Spec>) { return p_.window(); },
            .images = true,
            .bf16 = bf16_everywhere,
            .options = [this] { return p_.options(); }};
  }
  std::string kind() const override { return "average_pool2d"; }
  std::string details() const override { return p_.details(); }
  std::vector<Spec> infer(std::span<const Spec> in) const override {
    return {{p_.infer("average_pool2d", in[0]), in[0].type}};
  }
  void gradient(Backward& b) const override {
    b.set(0, b.add(std::make_shared<AveragePool2dGradient>(p_, b.input(0).shape()), {b.grad_output()}));
  }
  Tiling tiling(const Signature& s) const override { return row_tiling(s, p_.nanoseconds(s.out[0].shape)); }
  Layouts layouts(const Signature&, std::span<const Layout>) const override {
    return {{Layout::nhwc()}, {Layout::nhwc()}};
  }

  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View> out) const override {
    const auto x = onednn::describe(in[0]), y = onednn::describe(out[0]);
    const auto pd = p_.forward(x, y);
    return onednn::primitive_kernel(Pooling::Forward(pd), {{DNNL_ARG_SRC, false, 0, x}, {DNNL_ARG_DST, true, 0, y}},
                                    pd.scratchpad_desc());
  }

 private:
  Pooling p_;
};

constexpr auto kIncluding = dnnl::algorithm::pooling_avg_include_padding;
constexpr auto kExcluding = dnnl::algorithm::pooling_avg_exclude_padding;

/// Along one axis, how many of each window's elements count.
std::vector<std::int64_t> counted(std::int64_t windows, std::int64_t kernel, std::int64_t stride, std::int64_t dilation,
                                  std::int64_t begin, std::int64_t end) {
  std::vector<std::int64_t> result;
  for (std::int64_t i = 0; i < windows; ++i) {
    result.push_back(0);
    for (std::int64_t k = 0; k < kernel; ++k) {
      const std::int64_t at = i * stride + k * dilation;
      if (at >= begin && at < end) ++result.back();
    }
  }
  return result;
}

/// By what a mean that counts all of a window differs: [1, 1, H', W'].
Value correction(Graph& g, const Pooling& p, const Shape& x, const Shape& y, bool include) {
  const auto& b = p.padding;
  const auto rows =
      counted(y[2], p.kernel.h, p.stride.h, p.dilation.h, include ? 0 : b.top, x[2] + b.top + (include ? b.bottom : 0));
  const auto columns = counted(y[3], p.kernel.w, p.stride.w, p.dilation.w, include ? 0 : b.left,
                               x[3] + b.left + (include ? b.right : 0));
  std::vector<float> factors;
  for (const std::int64_t row : rows)
    for (const std::int64_t column : columns) {
      require(row * column > 0, "[average_pool2d] a window has no pixel that counts");
      factors.push_back(static_cast<float>(p.kernel.h * p.kernel.w) / static_cast<float>(row * column));
    }
  return g.constant("average_pool2d.correction", {{1, 1, y[2], y[3]}}, from_values(factors));
}

}  // namespace

Value average_pool2d(Value x, const AveragePool2dOptions& o) {
  Pooling p{o.count_include_pad ? kIncluding : kExcluding,
            o.kernel,
            o.stride.value_or(o.kernel),
            o.padding,
            o.ceil_mode,
            o.dilation};
  const auto pool = [&](Value v, Pooling how) {
    if (how.ceil_mode) how.algorithm = kExcluding;  // oneDNN would count what ceil mode adds at the end
    return v.graph->add(std::make_shared<AveragePool2d>(how), {v}, o.name)[0];
  };
  const bool counted_behind = o.count_include_pad && o.ceil_mode && !(p.padding == Padding(0));
  const bool over_zeros = counted_behind || (o.count_include_pad && !p.reaches_over_padding());
  if (p.dilation == Pair(1) && !over_zeros) return pool(x, p);
  const Shape y = p.result(o.name.empty() ? "average_pool2d" : o.name, x.shape());
  if (!(p.dilation == Pair(1))) {
    const Value factors = correction(*x.graph, p, x.shape(), y, o.count_include_pad);
    return multiply(pool(windows_apart(x, p, y, 0), {kIncluding, p.kernel, p.kernel}), factors);
  }
  x = pad(x, borders(p.padding, 0));
  p.padding = 0;
  return first_windows(pool(x, p), y);
}

Value global_average_pool2d(Value x, const std::string& name) {
  require(x.shape().size() == 4, "[global_average_pool2d] input needs shape [N, C, H, W], got ", to_string(x.shape()));
  return average_pool2d(x, {.kernel = Pair(x.shape()[2], x.shape()[3]), .name = name});
}

}  // namespace backflow
