#include <backflow/ops/ascend.h>

#include <algorithm>
#include <cmath>

#include <backflow/graph/error.h>

namespace backflow {
namespace {

/// Inputs: x, g, rate. Output: x, in place.
class Ascend final : public Op {
 public:
  explicit Ascend(const AscendOptions& o) : o_(o) {}

  std::string kind() const override { return "ascend"; }

  std::vector<Spec> infer(std::span<const Spec> in) const override {
    require(in[0] == in[1], "[ascend] x has shape ", to_string(in[0]), ", its gradient ", to_string(in[1]));
    require(in[2] == Spec{{1}}, "[ascend] the rate needs shape [1], got ", to_string(in[2]));
    return {in[0]};
  }

  Tiling tiling(const Signature& whole) const override { return flat_tiling(whole); }
  Layouts layouts(const Signature& tile, std::span<const Layout> offered) const override {
    return same_layouts(tile, offered);
  }
  std::optional<std::size_t> overwrites(std::size_t) const override { return 0; }

  std::unique_ptr<Kernel> kernel(std::span<const View>, std::span<const View> out) const override {
    return loop_kernel([n = physical_elements(out[0].shape, out[0].layout), o = o_](const Buffers& b) {
      float* __restrict x = b.output();
      const float* __restrict g = b.input(1);
      const float rate = b.input(2)[0];
      bool ordered = true;
      for (std::int64_t i = 0; i < n; ++i) {
        const float moved = x[i] + rate * g[i] - o.decay * (x[i] - o.toward);
        ordered &= moved == moved;
        x[i] = std::min(std::max(moved, o.low), o.high);
      }
      require(ordered, "[ascend] the image became NaN: the objective or its gradient is not a number");
    });
  }

 private:
  AscendOptions o_;
};

}  // namespace

Value ascend(Value x, Value g, Value rate, const AscendOptions& options) {
  require(options.decay >= 0 && options.decay <= 1, "[ascend] decay needs to be in 0 … 1, got ", options.decay);
  require(options.low < options.high, "[ascend] low needs to be below high, got ", options.low, " and ", options.high);
  Graph& graph = *x.graph;
  RoleScope scope(graph, Role::update, graph.node(x).name);
  return graph.add(std::make_shared<Ascend>(options), {x, g, rate})[0];
}

}  // namespace backflow
