#include <backflow/ops/channel_mix.h>

#include <algorithm>

#include <backflow/graph/gradient.h>
#include <backflow/ops/detail/image.h>

namespace backflow {
namespace {

class ChannelMix final : public Op {
 public:
  explicit ChannelMix(ChannelMixOptions o) : o_(std::move(o)), out_(static_cast<std::int64_t>(o_.bias.size())), in_(0) {
    in_ = static_cast<std::int64_t>(o_.matrix.size()) / out_;
  }

  OpTraits traits() const override { return {.locality = Locality::pointwise, .images = true}; }
  std::string kind() const override { return "channel_mix"; }
  std::string details() const override { return str_cat(in_, "→", out_); }

  std::vector<Spec> infer(std::span<const Spec> in) const override {
    const Shape& x = in[0].shape;
    require(x[1] == in_, "[channel_mix] input has ", x[1], " channels, the matrix expects ", in_);
    return {{{x[0], out_, x[2], x[3]}}};
  }

  void gradient(Backward& b) const override {
    ChannelMixOptions transposed{std::vector<float>(o_.matrix.size()),
                                 std::vector<float>(static_cast<std::size_t>(in_))};
    for (std::int64_t o = 0; o < out_; ++o)
      for (std::int64_t c = 0; c < in_; ++c)
        transposed.matrix[static_cast<std::size_t>(c * out_ + o)] = o_.matrix[static_cast<std::size_t>(o * in_ + c)];
    b.set(0, b.add(std::make_shared<ChannelMix>(transposed), {b.grad_output()}));
  }

  Tiling tiling(const Signature& s) const override {
    return row_tiling(s, static_cast<double>(in_ * elements(s.out[0].shape)));
  }
  Layouts layouts(const Signature& s, std::span<const Layout>) const override { return image_layouts(s); }

  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View>) const override {
    const std::int64_t pixels = elements(in[0].shape) / in_;
    return loop_kernel([pixels, o = o_, from = in_, to = out_](const Buffers& b) {
      const float* x = b.input();
      float* y = b.output();
      for (std::int64_t p = 0; p < pixels; ++p, x += from, y += to)
        for (std::int64_t k = 0; k < to; ++k) {
          const float* row = o.matrix.data() + k * from;
          float total = o.bias[static_cast<std::size_t>(k)];
          for (std::int64_t c = 0; c < from; ++c) total += row[c] * x[c];
          y[k] = total;
        }
    });
  }

 private:
  ChannelMixOptions o_;
  std::int64_t out_, in_;
};

}  // namespace

Value channel_mix(Value x, const ChannelMixOptions& options) {
  require_images("channel_mix", x.spec());
  ChannelMixOptions o = options;
  const auto channels = static_cast<std::size_t>(x.shape()[1]);
  if (o.bias.empty()) o.bias.resize(o.matrix.size() / channels);
  require(!o.bias.empty() && o.matrix.size() == o.bias.size() * channels, "[channel_mix] ", channels,
          " channels in and a bias of ", o.bias.size(), " need a matrix of ", o.bias.size() * channels, " values, got ",
          o.matrix.size());
  return x.graph->add(std::make_shared<ChannelMix>(o), {x}, o.name)[0];
}

}  // namespace backflow
