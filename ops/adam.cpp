#include <backflow/ops/adam.h>

#include <cmath>

#include <backflow/graph/error.h>
#include <backflow/ops/detail/update_loop.h>

namespace backflow {
namespace {

/// Inputs: w, g, lr, step, m, v. Outputs: w, m, v, in place.
class Adam final : public Op {
 public:
  explicit Adam(AdamOptions options) : o_(options) {}

  OpTraits traits() const override { return {.shadow_copy = true}; }
  std::string kind() const override { return o_.decoupled ? "adamw" : "adam"; }

  std::vector<Spec> infer(std::span<const Spec> in) const override {
    require(in[0] == in[1], "[adam] parameter has shape ", to_string(in[0]), ", gradient ", to_string(in[1]));
    require(in[2] == Spec{{1}}, "[adam] learning rate needs shape [1], got ", to_string(in[2]));
    require(in[3] == Spec{{1}}, "[adam] step needs shape [1], got ", to_string(in[3]));
    return std::vector<Spec>(3, in[0]);
  }

  Tiling tiling(const Signature& whole) const override { return flat_tiling(whole); }
  Layouts layouts(const Signature& tile, std::span<const Layout> offered) const override {
    return same_layouts(tile, offered);
  }
  std::optional<std::size_t> overwrites(std::size_t output) const override { return output == 0 ? 0 : output + 3; }

  std::unique_ptr<Kernel> kernel(std::span<const View>, std::span<const View> out) const override {
    return update_kernel(out, Update{o_});
  }

 private:
  struct Update {
    AdamOptions o;
    BACKFLOW_INLINE void operator()(const Buffers& b, std::int64_t begin, std::int64_t end) const {
      float* __restrict w = b.output(0), * __restrict m = b.output(1), * __restrict v = b.output(2);
      const float* __restrict g = b.input(1);
      const double rate = b.input(2)[0], step = b.input(3)[0];
      require(step >= 1, "[adam] the first step is 1, got ", step);
      const auto keep = static_cast<float>(o.decoupled ? 1 - rate * o.weight_decay : 1);
      const auto decay = static_cast<float>(o.decoupled ? 0 : o.weight_decay);
      const auto length = static_cast<float>(rate / (1 - std::pow(o.beta1, step)));
      const auto root = static_cast<float>(1 / std::sqrt(1 - std::pow(o.beta2, step)));
      const auto old1 = static_cast<float>(o.beta1), new1 = static_cast<float>(1 - o.beta1);
      const auto old2 = static_cast<float>(o.beta2), new2 = static_cast<float>(1 - o.beta2);
      const auto epsilon = static_cast<float>(o.epsilon);
      for (std::int64_t i = begin; i < end; ++i) {
        const float d = g[i] + decay * w[i];
        m[i] = old1 * m[i] + new1 * d;
        v[i] = old2 * v[i] + new2 * d * d;
        w[i] = keep * w[i] - length * m[i] / (std::sqrt(v[i]) * root + epsilon);
      }
    }
  };

  AdamOptions o_;
};

void check(const AdamOptions& o) {
  require(o.beta1 >= 0 && o.beta1 < 1 && o.beta2 >= 0 && o.beta2 < 1, "[adam] betas need to be in [0, 1), got ",
          o.beta1, " and ", o.beta2);
  require(o.epsilon > 0, "[adam] epsilon needs to be above 0, got ", o.epsilon);
  require(o.weight_decay >= 0, "[adam] weight decay needs to be ≥ 0, got ", o.weight_decay);
}

}  // namespace

Value adam(Value parameter, Value gradient, Value learning_rate, Value step, const AdamOptions& options) {
  check(options);
  Graph& g = *parameter.graph;
  const std::string name = g.node(parameter).name;
  RoleScope scope(g, Role::update, name);
  const Value m = g.state(name + ".exp_avg", parameter.spec(), zeros());
  const Value v = g.state(name + ".exp_avg_sq", parameter.spec(), zeros());
  return g.add(std::make_shared<Adam>(options), {parameter, gradient, learning_rate, step, m, v})[0];
}

}  // namespace backflow
