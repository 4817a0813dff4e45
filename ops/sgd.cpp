#include <backflow/ops/sgd.h>

#include <backflow/graph/error.h>
#include <backflow/ops/detail/update_loop.h>

namespace backflow {
namespace {

/// Inputs: w, g, lr, and v with momentum. Outputs: w, and v, in place.
class Sgd final : public Op {
 public:
  explicit Sgd(SgdOptions options) : o_(options) {}

  OpTraits traits() const override { return {.shadow_copy = true}; }
  std::string kind() const override { return o_.momentum > 0 ? "sgd_momentum" : "sgd"; }

  std::vector<Spec> infer(std::span<const Spec> in) const override {
    require(in[0] == in[1], "[sgd] parameter has shape ", to_string(in[0]), ", gradient ", to_string(in[1]));
    require(in[2].shape == Shape{1}, "[sgd] learning rate needs shape [1], got ", to_string(in[2].shape));
    return std::vector<Spec>(in.size() - 2, in[0]);
  }

  Tiling tiling(const Signature& whole) const override { return flat_tiling(whole); }
  Layouts layouts(const Signature& tile, std::span<const Layout> offered) const override {
    return same_layouts(tile, offered);
  }
  std::optional<std::size_t> overwrites(std::size_t output) const override { return output == 0 ? 0 : 3; }

  std::unique_ptr<Kernel> kernel(std::span<const View>, std::span<const View> out) const override {
    if (o_.momentum == 0) return update_kernel(out, Plain{o_});
    return update_kernel(out, Momentum{o_});
  }

 private:
  struct Plain {
    SgdOptions o;
    BACKFLOW_INLINE void operator()(const Buffers& b, std::int64_t begin, std::int64_t end) const {
      float* w = b.output();
      const float* g = b.input(1);
      const float rate = b.input(2)[0], decay = o.weight_decay;
      for (std::int64_t i = begin; i < end; ++i) w[i] -= rate * (g[i] + decay * w[i]);
    }
  };

  struct Momentum {
    SgdOptions o;
    BACKFLOW_INLINE void operator()(const Buffers& b, std::int64_t begin, std::int64_t end) const {
      float* __restrict w = b.output(0), * __restrict v = b.output(1);
      const float* __restrict g = b.input(1);
      const float rate = b.input(2)[0], decay = o.weight_decay, mu = o.momentum;
      for (std::int64_t i = begin; i < end; ++i) {
        const float d = g[i] + decay * w[i];
        v[i] = mu * v[i] + d;
        w[i] -= rate * (o.nesterov ? d + mu * v[i] : v[i]);
      }
    }
  };

  SgdOptions o_;
};

}  // namespace

Value sgd(Value parameter, Value gradient, Value learning_rate, const SgdOptions& options) {
  require(options.momentum >= 0 && options.momentum < 1, "[sgd] momentum needs to be in [0, 1), got ",
          options.momentum);
  require(options.weight_decay >= 0, "[sgd] weight decay needs to be ≥ 0, got ", options.weight_decay);
  require(!options.nesterov || options.momentum > 0, "[sgd] Nesterov needs a momentum above 0");
  Graph& g = *parameter.graph;
  const std::string name = g.node(parameter).name;
  RoleScope scope(g, Role::update, name);
  std::vector<Value> in{parameter, gradient, learning_rate};
  if (options.momentum > 0) in.push_back(g.state(name + ".momentum", parameter.spec(), zeros()));
  return g.add(std::make_shared<Sgd>(options), in)[0];
}

}  // namespace backflow
