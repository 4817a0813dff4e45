#include <backflow/ops/ascent_direction.h>

#include <cmath>

#include <backflow/graph/error.h>

namespace backflow {
namespace {

using Kind = AscentDirectionOptions::Kind;

/// Inputs: g, step, m, and v but for momentum. Outputs: d, then m and v in place.
class AscentDirection final : public Op {
 public:
  explicit AscentDirection(const AscentDirectionOptions& o) : o_(o) {}

  std::string kind() const override {
    return o_.kind == Kind::momentum ? "momentum" : o_.kind == Kind::adam ? "adam_direction" : "nadam_direction";
  }

  std::vector<Spec> infer(std::span<const Spec> in) const override {
    require(in[1] == Spec{{1}}, "[ascent_direction] the step needs shape [1], got ", to_string(in[1]));
    return std::vector<Spec>(in.size() - 1, in[0]);
  }

  Tiling tiling(const Signature& whole) const override { return flat_tiling(whole); }
  Layouts layouts(const Signature& tile, std::span<const Layout> offered) const override {
    return same_layouts(tile, offered);
  }
  std::optional<std::size_t> overwrites(std::size_t output) const override {
    return output == 0 ? std::nullopt : std::optional(output + 1);
  }

  std::unique_ptr<Kernel> kernel(std::span<const View>, std::span<const View> out) const override {
    const std::int64_t n = physical_elements(out[0].shape, out[0].layout);
    if (o_.kind == Kind::momentum) return loop_kernel([n, o = o_](const Buffers& b) { momentum(b, n, o); });
    return loop_kernel([n, o = o_](const Buffers& b) { adam(b, n, o); });
  }

 private:
  static void momentum(const Buffers& b, std::int64_t n, const AscentDirectionOptions& o) {
    const float* __restrict g = b.input(0);
    float* __restrict d = b.output(0);
    float* __restrict m = b.output(1);
    const auto keep = static_cast<float>(o.beta1);
    for (std::int64_t i = 0; i < n; ++i) d[i] = m[i] = keep * m[i] + g[i];
  }

  static void adam(const Buffers& b, std::int64_t n, const AscentDirectionOptions& o) {
    const float* __restrict g = b.input(0);
    float* __restrict d = b.output(0);
    float* __restrict m = b.output(1);
    float* __restrict v = b.output(2);
    const double step = b.input(1)[0];
    require(step >= 1, "[ascent_direction] the first step is 1, got ", step);
    const double corrected = 1 - std::pow(o.beta1, step), ahead = 1 - std::pow(o.beta1, step + 1);
    const bool nadam = o.kind == Kind::nadam;
    const auto of_mean = static_cast<float>(nadam ? o.beta1 / ahead : 1 / corrected);
    const auto of_gradient = static_cast<float>(nadam ? (1 - o.beta1) / corrected : 0);
    const auto root = static_cast<float>(1 / std::sqrt(1 - std::pow(o.beta2, step)));
    const auto old1 = static_cast<float>(o.beta1), new1 = static_cast<float>(1 - o.beta1);
    const auto old2 = static_cast<float>(o.beta2), new2 = static_cast<float>(1 - o.beta2);
    const auto epsilon = static_cast<float>(o.epsilon);
    for (std::int64_t i = 0; i < n; ++i) {
      m[i] = old1 * m[i] + new1 * g[i];
      v[i] = old2 * v[i] + new2 * g[i] * g[i];
      d[i] = (of_mean * m[i] + of_gradient * g[i]) / (std::sqrt(v[i]) * root + epsilon);
    }
  }

  AscentDirectionOptions o_;
};

}  // namespace

Value ascent_direction(Value g, Value step, const std::string& name, const AscentDirectionOptions& o) {
  require(o.beta1 >= 0 && o.beta1 < 1 && o.beta2 >= 0 && o.beta2 < 1,
          "[ascent_direction] betas need to be in [0, 1), got ", o.beta1, " and ", o.beta2);
  require(o.epsilon > 0, "[ascent_direction] epsilon needs to be above 0, got ", o.epsilon);
  Graph& graph = *g.graph;
  RoleScope scope(graph, Role::update, name);
  std::vector<Value> in{g, step, graph.state(name + ".moment1", g.spec(), zeros())};
  if (o.kind != Kind::momentum) in.push_back(graph.state(name + ".moment2", g.spec(), zeros()));
  return graph.add(std::make_shared<AscentDirection>(o), in)[0];
}

}  // namespace backflow
