#include <backflow/ops/batch_statistics.h>

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

double one_over_count(const View& x) {
  return static_cast<double>(x.whole.shape[1]) / static_cast<double>(elements(x.whole.shape));
}

class BatchMean final : public Op {
 public:
  OpTraits traits() const override { return {.locality = Locality::global}; }
  std::string kind() const override { return "batch_mean"; }
  std::vector<Spec> infer(std::span<const Spec> in) const override {
    require_channels("batch_mean", in[0]);
    return {{{in[0].shape[1]}}};
  }
  Tiling tiling(const Signature& s) const override { return sums_tiling(s); }
  Layouts layouts(const Signature& s, std::span<const Layout>) const override { return channel_layouts(s); }

  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View>) const override {
    const Channels s(in[0].shape);
    return scratch_kernel(channel_sums_scratch(s.channels), [s, factor = one_over_count(in[0])](const Buffers& b) {
      const float* x = b.input(0);
      channel_sums(s, b.scratch, b.output(), factor,
                   [&](std::int64_t r, std::int64_t c) { return x[r * s.channels + c]; });
    });
  }
};

/// Inputs: x, mean.
class BatchVariance final : public Op {
 public:
  OpTraits traits() const override { return {.locality = Locality::global}; }
  std::string kind() const override { return "batch_variance"; }
  std::vector<Spec> infer(std::span<const Spec> in) const override {
    require_channels("batch_variance", in[0]);
    require(in[1].shape == Shape{in[0].shape[1]}, "[batch_variance] mean needs shape [", in[0].shape[1], "], got ",
            to_string(in[1]));
    return {in[1]};
  }
  Tiling tiling(const Signature& s) const override { return sums_tiling(s); }
  Layouts layouts(const Signature& s, std::span<const Layout>) const override { return channel_layouts(s); }

  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View>) const override {
    const Channels s(in[0].shape);
    return scratch_kernel(channel_sums_scratch(s.channels), [s, factor = one_over_count(in[0])](const Buffers& b) {
      const float *x = b.input(0), *mean = b.input(1);
      channel_sums(s, b.scratch, b.output(), factor, [&](std::int64_t r, std::int64_t c) {
        const float d = x[r * s.channels + c] - mean[c];
        return d * d;
      });
    });
  }
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
