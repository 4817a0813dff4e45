#include <backflow/ops/lion.h>

#include <backflow/graph/error.h>
#include <backflow/ops/detail/update_loop.h>

namespace backflow {
namespace {

/// Inputs: w, g, lr, m. Outputs: w, m, in place.
class Lion final : public Op {
 public:
  explicit Lion(LionOptions options) : o_(options) {}

  OpTraits traits() const override { return {.shadow_copy = true}; }
  std::string kind() const override { return "lion"; }

  std::vector<Spec> infer(std::span<const Spec> in) const override {
    require(in[0] == in[1], "[lion] parameter has shape ", to_string(in[0]), ", gradient ", to_string(in[1]));
    require(in[2] == Spec{{1}}, "[lion] learning rate needs shape [1], got ", to_string(in[2]));
    return {in[0], in[0]};
  }

  Tiling tiling(const Signature& whole) const override { return flat_tiling(whole); }
  Layouts layouts(const Signature& tile, std::span<const Layout> offered) const override {
    return same_layouts(tile, offered);
  }
  std::optional<std::size_t> overwrites(std::size_t output) const override { return output == 0 ? 0 : 3; }

  std::unique_ptr<Kernel> kernel(std::span<const View>, std::span<const View> out) const override {
    return update_kernel(out, Update{o_});
  }

 private:
  struct Update {
    LionOptions o;
    BACKFLOW_INLINE void operator()(const Buffers& b, std::int64_t begin, std::int64_t end) const {
      float* __restrict w = b.output(0), * __restrict m = b.output(1);
      const float* __restrict g = b.input(1);
      const float rate = b.input(2)[0];
      const auto keep = static_cast<float>(1 - static_cast<double>(rate) * o.weight_decay);
      const auto old1 = static_cast<float>(o.beta1), new1 = static_cast<float>(1 - o.beta1);
      const auto old2 = static_cast<float>(o.beta2), new2 = static_cast<float>(1 - o.beta2);
      for (std::int64_t i = begin; i < end; ++i) {
        const float u = old1 * m[i] + new1 * g[i];
        const float sign = static_cast<float>(u > 0) - static_cast<float>(u < 0);
        // What is no number has no sign, and stays visible.
        w[i] = keep * w[i] - rate * (u == u ? sign : u);
        m[i] = old2 * m[i] + new2 * g[i];
      }
    }
  };

  LionOptions o_;
};

}  // namespace

Value lion(Value parameter, Value gradient, Value learning_rate, const LionOptions& options) {
  require(options.beta1 >= 0 && options.beta1 < 1 && options.beta2 >= 0 && options.beta2 < 1,
          "[lion] betas need to be in [0, 1), got ", options.beta1, " and ", options.beta2);
  require(options.weight_decay >= 0, "[lion] weight decay needs to be ≥ 0, got ", options.weight_decay);
  Graph& g = *parameter.graph;
  const std::string name = g.node(parameter).name;
  RoleScope scope(g, Role::update, name);
  const Value m = g.state(name + ".exp_avg", parameter.spec(), zeros());
  return g.add(std::make_shared<Lion>(options), {parameter, gradient, learning_rate, m})[0];
}

}  // namespace backflow
