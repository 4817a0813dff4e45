#include <backflow/ops/batch_statistics.h>

#include <backflow/graph/gradient.h>
#include <backflow/ops/detail/channels.h>

namespace backflow {
namespace {

/// Cut by rows, each tile its own addend to the sums.
Tiling sums_tiling(const Signature& s) {
  Tiling t;
  t.extent = s.in[0].shape[0];
  t.nanoseconds = time_of_bytes(4.0 * static_cast<double>(elements(s.in[0].shape)));
  t.in.assign(s.in.size(), Access{});
  t.in[0] = Access::along(0);
  t.out = {Access{Access::partial}};
  return t;
}

Layouts channel_layouts(const Signature& s) {
  Layouts l{std::vector<Layout>(s.in.size()), {{}}};
  l.in[0] = Layout::channels_last(s.in[0].shape.size());
  return l;
}

/// Numbers in a channel.
std::int64_t channel_length(const Spec& x) { return elements(x.shape) / x.shape[1]; }

/// 1 / n, where n is `count` if x is a part of the batch, else the length of a channel of x.
double one_over_count(const View& x, std::int64_t count) {
  return 1 / static_cast<double>(count > 0 ? count : channel_length(x.whole));
}

/// What a part of a batch of n numbers passes back. Inputs: d [C], x, and for the variance the mean.
/// dx = d / n of the mean, 2 d (x − µ) / n of the variance.
class StatisticsGradient final : public Op {
 public:
  explicit StatisticsGradient(std::int64_t count) : one_over_n_(1 / static_cast<float>(count)) {}
  std::string kind() const override { return "batch_statistics_gradient"; }
  std::vector<Spec> infer(std::span<const Spec> in) const override { return {in[1]}; }
  Tiling tiling(const Signature& s) const override {
    const double time = time_of_bytes(8.0 * static_cast<double>(elements(s.in[1].shape)));
    return s.in.size() > 2 ? row_tiling(s, time, {0, 2}) : row_tiling(s, time, {0});
  }
  Layouts layouts(const Signature& s, std::span<const Layout>) const override {
    const Layout layout = Layout::channels_last(s.in[1].shape.size());
    Layouts l{std::vector<Layout>(s.in.size()), {layout}};
    l.in[1] = layout;
    return l;
  }

  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View>) const override {
    const Channels s(in[1].shape);
    return loop_kernel([s, one_over_n = one_over_n_, of_variance = in.size() > 2](const Buffers& b) {
      const float *d = b.input(0), *x = b.input(1), *mean = of_variance ? b.input(2) : nullptr;
      float* dx = b.output();
      for (std::int64_t r = 0; r < s.rows; ++r, x += s.channels, dx += s.channels)
        for (std::int64_t c = 0; c < s.channels; ++c)
          dx[c] = d[c] * one_over_n * (of_variance ? 2 * (x[c] - mean[c]) : 1);
    });
  }

 private:
  float one_over_n_;
};

/// With a `count` above 0, the addend of a part of a batch that has so many numbers in each channel.
class BatchMean final : public Op {
 public:
  explicit BatchMean(std::int64_t count = 0) : count_(count) {}

  OpTraits traits() const override {
    return {.locality = Locality::global, .part_of_batch = [](const Signature& whole, std::int64_t) {
              return std::make_shared<BatchMean>(channel_length(whole.in[0]));
            }};
  }
  std::string kind() const override { return "batch_mean"; }
  std::vector<Spec> infer(std::span<const Spec> in) const override {
    require_channels("batch_mean", in[0]);
    return {{{in[0].shape[1]}}};
  }
  void gradient(Backward& b) const override {
    if (count_ == 0) return Op::gradient(b);
    b.set(0, b.add(std::make_shared<StatisticsGradient>(count_), {b.grad_output(), b.input(0)}));
  }
  Tiling tiling(const Signature& s) const override { return sums_tiling(s); }
  Layouts layouts(const Signature& s, std::span<const Layout>) const override { return channel_layouts(s); }

  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View>) const override {
    const Channels s(in[0].shape);
    return scratch_kernel(channel_sums_scratch(s.channels),
                          [s, factor = one_over_count(in[0], count_)](const Buffers& b) {
                            const float* x = b.input(0);
                            channel_sums(s, b.scratch, b.output(), factor,
                                         [&](std::int64_t r, std::int64_t c) { return x[r * s.channels + c]; });
                          });
  }

 private:
  std::int64_t count_;
};

/// Inputs: x, mean. `count` as BatchMean has it.
class BatchVariance final : public Op {
 public:
  explicit BatchVariance(std::int64_t count = 0) : count_(count) {}

  OpTraits traits() const override {
    return {.locality = Locality::global, .part_of_batch = [](const Signature& whole, std::int64_t) {
              return std::make_shared<BatchVariance>(channel_length(whole.in[0]));
            }};
  }
  std::string kind() const override { return "batch_variance"; }
  std::vector<Spec> infer(std::span<const Spec> in) const override {
    require_channels("batch_variance", in[0]);
    require(in[1].shape == Shape{in[0].shape[1]}, "[batch_variance] mean needs shape [", in[0].shape[1], "], got ",
            to_string(in[1]));
    return {in[1]};
  }
  /// By the mean it is 0 where that is x's.
  void gradient(Backward& b) const override {
    if (count_ == 0) return Op::gradient(b);
    if (b.wants(0))
      b.set(0, b.add(std::make_shared<StatisticsGradient>(count_), {b.grad_output(), b.input(0), b.input(1)}));
  }
  Tiling tiling(const Signature& s) const override { return sums_tiling(s); }
  Layouts layouts(const Signature& s, std::span<const Layout>) const override { return channel_layouts(s); }

  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View>) const override {
    const Channels s(in[0].shape);
    return scratch_kernel(channel_sums_scratch(s.channels),
                          [s, factor = one_over_count(in[0], count_)](const Buffers& b) {
                            const float *x = b.input(0), *mean = b.input(1);
                            channel_sums(s, b.scratch, b.output(), factor, [&](std::int64_t r, std::int64_t c) {
                              const float d = x[r * s.channels + c] - mean[c];
                              return d * d;
                            });
                          });
  }

 private:
  std::int64_t count_;
};

/// Inputs: running, batch. Output: running, in place.
class RunningAverage final : public Op {
 public:
  RunningAverage(float momentum, float factor) : momentum_(momentum), factor_(factor) {}

  OpTraits traits() const override { return {.locality = Locality::global}; }
  std::string kind() const override { return "running_average"; }
  std::vector<Spec> infer(std::span<const Spec> in) const override {
    require(in[0] == in[1], "[running_average] state has shape ", to_string(in[0]), ", batch ", to_string(in[1]));
    return {in[0]};
  }
  std::optional<std::size_t> overwrites(std::size_t) const override { return 0; }

  std::unique_ptr<Kernel> kernel(std::span<const View>, std::span<const View> out) const override {
    const std::int64_t n = elements(out[0].shape);
    return loop_kernel([n, keep = 1 - momentum_, add = momentum_ * factor_](const Buffers& b) {
      float* running = b.output();
      const float* batch = b.input(1);
      for (std::int64_t i = 0; i < n; ++i) running[i] = keep * running[i] + add * batch[i];
    });
  }

 private:
  float momentum_, factor_;
};

}  // namespace

Value batch_mean(Value x, const std::string& name) { return x.graph->add(std::make_shared<BatchMean>(), {x}, name)[0]; }

Value batch_variance(Value x, Value mean, const std::string& name) {
  return x.graph->add(std::make_shared<BatchVariance>(), {x, mean}, name)[0];
}

Value update_running_average(Value running, Value batch, float momentum, float factor) {
  Graph& g = *running.graph;
  const RoleScope scope(g, Role::update, g.node(running).name);
  return g.add(std::make_shared<RunningAverage>(momentum, factor), {running, batch})[0];
}

}  // namespace backflow
