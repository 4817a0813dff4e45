#include <backflow/ops/rmsprop.h>

#include <cmath>

#include <backflow/graph/error.h>
#include <backflow/ops/detail/update_loop.h>

namespace backflow {
namespace {

/// Inputs: w, g, lr, v, and b with momentum. Outputs: w, v, and b, in place.
class Rmsprop final : public Op {
 public:
  explicit Rmsprop(RmspropOptions options) : o_(options) {}

  OpTraits traits() const override { return {.shadow_copy = true}; }
  std::string kind() const override { return o_.momentum > 0 ? "rmsprop_momentum" : "rmsprop"; }

  std::vector<Spec> infer(std::span<const Spec> in) const override {
    require(in[0] == in[1], "[rmsprop] parameter has shape ", to_string(in[0]), ", gradient ", to_string(in[1]));
    require(in[2] == Spec{{1}}, "[rmsprop] learning rate needs shape [1], got ", to_string(in[2]));
    return std::vector<Spec>(in.size() - 2, in[0]);
  }

  Tiling tiling(const Signature& whole) const override { return flat_tiling(whole); }
  Layouts layouts(const Signature& tile, std::span<const Layout> offered) const override {
    return same_layouts(tile, offered);
  }
  std::optional<std::size_t> overwrites(std::size_t output) const override { return output == 0 ? 0 : output + 2; }

  std::unique_ptr<Kernel> kernel(std::span<const View>, std::span<const View> out) const override {
    if (o_.momentum == 0) return update_kernel(out, Update<false>{o_});
    return update_kernel(out, Update<true>{o_});
  }

 private:
  template <bool kMomentum>
  struct Update {
    RmspropOptions o;
    BACKFLOW_INLINE void operator()(const Buffers& b, std::int64_t begin, std::int64_t end) const {
      float* __restrict w = b.output(0), * __restrict v = b.output(1);
      float* __restrict moving = kMomentum ? b.output(2) : nullptr;
      const float* __restrict g = b.input(1);
      const float rate = b.input(2)[0], decay = o.weight_decay, mu = o.momentum;
      const auto old = static_cast<float>(o.alpha), fresh = static_cast<float>(1 - o.alpha);
      const auto epsilon = static_cast<float>(o.epsilon);
      for (std::int64_t i = begin; i < end; ++i) {
        const float d = g[i] + decay * w[i];
        v[i] = old * v[i] + fresh * d * d;
        float u = d / (std::sqrt(v[i]) + epsilon);
        if constexpr (kMomentum) u = moving[i] = mu * moving[i] + u;
        w[i] -= rate * u;
      }
    }
  };

  RmspropOptions o_;
};

void check(const RmspropOptions& o) {
  require(o.alpha >= 0 && o.alpha < 1, "[rmsprop] alpha needs to be in [0, 1), got ", o.alpha);
  require(o.epsilon > 0, "[rmsprop] epsilon needs to be above 0, got ", o.epsilon);
  require(o.momentum >= 0 && o.momentum < 1, "[rmsprop] momentum needs to be in [0, 1), got ", o.momentum);
  require(o.weight_decay >= 0, "[rmsprop] weight decay needs to be ≥ 0, got ", o.weight_decay);
}

}  // namespace

Value rmsprop(Value parameter, Value gradient, Value learning_rate, const RmspropOptions& options) {
  check(options);
  Graph& g = *parameter.graph;
  const std::string name = g.node(parameter).name;
  RoleScope scope(g, Role::update, name);
  std::vector<Value> inputs{parameter, gradient, learning_rate,
                            g.state(name + ".square_avg", parameter.spec(), zeros())};
  if (options.momentum > 0) inputs.push_back(g.state(name + ".momentum", parameter.spec(), zeros()));
  return g.add(std::make_shared<Rmsprop>(options), inputs)[0];
}

}  // namespace backflow
