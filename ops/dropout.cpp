#include <backflow/ops/dropout.h>

#include <algorithm>

#include <backflow/graph/error.h>
#include <backflow/graph/gradient.h>
#include <backflow/graph/random.h>

namespace backflow {
namespace {

constexpr double kDropoutNanoseconds = 2;

/// dx = dy · mask / (1 − p), from dy and the mask.
class DropoutGradient final : public Op {
 public:
  explicit DropoutGradient(float p) : p_(p) {}

  std::string kind() const override { return "dropout_gradient"; }
  std::vector<Spec> infer(std::span<const Spec> in) const override { return {in[0]}; }
  void gradient(Backward& b) const override {
    b.set(0, b.add(std::make_shared<DropoutGradient>(p_), {b.grad_output(), b.input(1)}));
  }
  Tiling tiling(const Signature& whole) const override { return flat_tiling(whole); }
  Layouts layouts(const Signature&, std::span<const Layout> offered) const override {
    return {{offered[1], offered[1]}, {offered[1]}};  // as the mask lies
  }
  std::optional<std::size_t> may_overwrite(std::size_t) const override { return 0; }

  std::unique_ptr<Kernel> kernel(std::span<const View>, std::span<const View> out) const override {
    const std::int64_t n = physical_elements(out[0].shape, out[0].layout);
    return loop_kernel([n, factor = 1 / (1 - p_)](const Buffers& b) {
      const float* dy = b.input(0);
      const auto* mask = b.input<std::uint8_t>(1);
      float* dx = b.output();
      for (std::int64_t i = 0; i < n; ++i) dx[i] = mask[i] ? dy[i] * factor : 0;
    });
  }

 private:
  float p_;
};

/// Inputs: x, step. Outputs: y, mask. `before` elements of the batch come before x.
class Dropout final : public Op {
 public:
  Dropout(float p, std::uint64_t seed, std::uint32_t stream, std::uint64_t before = 0)
      : p_(p), seed_(seed), stream_(stream), before_(before) {}

  OpTraits traits() const override {
    return {.locality = Locality::pointwise, .part_of_batch = [this](const Signature& whole, std::int64_t begin) {
              const Shape& x = whole.in[0].shape;
              return std::make_shared<Dropout>(p_, seed_, stream_,
                                               static_cast<std::uint64_t>(begin * (elements(x) / x[0])));
            }};
  }
  std::string kind() const override { return "dropout"; }
  std::string details() const override { return str_cat("p ", p_); }

  std::vector<Spec> infer(std::span<const Spec> in) const override {
    require(in[0].type == Type::f32, "[dropout] needs an f32 value, got ", to_string(in[0]));
    require(in[1] == Spec{{1}, Type::s32}, "[dropout] step needs shape [1] s32, got ", to_string(in[1]));
    return {in[0], {in[0].shape, Type::u8}};
  }

  void gradient(Backward& b) const override {
    b.set(0, b.add(std::make_shared<DropoutGradient>(p_), {b.grad_output(), b.output(1)}));
  }

  Tiling tiling(const Signature& whole) const override {
    Tiling t = flat_tiling(whole);
    t.nanoseconds += kDropoutNanoseconds * static_cast<double>(elements(whole.in[0].shape));
    return t;
  }
  Layouts layouts(const Signature& tile, std::span<const Layout> offered) const override {
    Layouts l = same_layouts(tile, offered);
    l.in[1] = Layout();
    return l;
  }
  std::optional<std::size_t> may_overwrite(std::size_t output) const override {
    return output == 0 ? std::optional<std::size_t>(0) : std::nullopt;
  }

  std::unique_ptr<Kernel> kernel(std::span<const View>, std::span<const View> out) const override {
    const std::int64_t n = physical_elements(out[0].shape, out[0].layout);
    const std::uint64_t first = before_ + out[0].offset() / sizeof(float);
    return loop_kernel([n, first, self = *this](const Buffers& b) { self.run(b, n, first); });
  }

 private:
  void run(const Buffers& b, std::int64_t n, std::uint64_t first) const {
    const float *x = b.input(0), factor = 1 / (1 - p_);
    const auto step = static_cast<std::uint32_t>(b.input<std::int32_t>(1)[0]);
    float* y = b.output(0);
    auto* mask = b.output<std::uint8_t>(1);
    std::array<std::uint32_t, 4> words{};
    for (std::int64_t i = 0; i < n; ++i) {
      const std::uint64_t element = first + static_cast<std::uint64_t>(i);
      if (i == 0 || element % 4 == 0) words = random_words(seed_, stream_, step, element / 4);
      mask[i] = unit_uniform(words[element % 4]) >= p_;
      y[i] = mask[i] ? x[i] * factor : 0;
    }
  }

  float p_;
  std::uint64_t seed_;
  std::uint32_t stream_;
  std::uint64_t before_;
};

/// Input and output: x.
class DropoutMark final : public Op {
 public:
  explicit DropoutMark(float p) : p_(p) {}

  OpTraits traits() const override {
    return {.locality = Locality::pointwise, .options = [this] { return OpOptions{{"p", {static_cast<double>(p_)}}}; }};
  }
  std::string kind() const override { return "dropout"; }
  std::vector<Spec> infer(std::span<const Spec> in) const override { return {in[0]}; }
  void gradient(Backward& b) const override { b.set(0, b.grad_output()); }
  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View>) const override {
    return loop_kernel([n = elements(in[0].whole.shape)](const Buffers& b) { std::copy_n(b.input(), n, b.output()); });
  }

 private:
  float p_;
};

void check_share(float p) { require(p >= 0 && p < 1, "[dropout] p needs to be in [0, 1), got ", p); }

}  // namespace

Value dropout(Value x, Value step, const DropoutOptions& o) {
  check_share(o.p);
  if (!x.graph->is_training(o.training, true, o.name) || o.p == 0) return x;
  return x.graph->add(std::make_shared<Dropout>(o.p, o.seed, stream_of(o.name)), {x, step}, o.name)[0];
}

Value dropout_mark(Value x, float p, const std::string& name) {
  check_share(p);
  return x.graph->add(std::make_shared<DropoutMark>(p), {x}, name)[0];
}

}  // namespace backflow
