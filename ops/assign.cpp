#include <backflow/ops/assign.h>

#include <cstring>

#include <backflow/graph/error.h>

namespace backflow {
namespace {

/// Inputs: state, x. Output: the state, in place.
class Assign final : public Op {
 public:
  std::string kind() const override { return "assign"; }

  std::vector<Spec> infer(std::span<const Spec> in) const override {
    require(in[0] == in[1], "[assign] the state has shape ", to_string(in[0]), ", the value ", to_string(in[1]));
    return {in[0]};
  }

  Tiling tiling(const Signature& whole) const override { return flat_tiling(whole); }
  Layouts layouts(const Signature& tile, std::span<const Layout> offered) const override {
    return same_layouts(tile, offered);
  }
  std::optional<std::size_t> overwrites(std::size_t) const override { return 0; }

  std::unique_ptr<Kernel> kernel(std::span<const View>, std::span<const View> out) const override {
    const auto bytes =
        static_cast<std::size_t>(physical_elements(out[0].shape, out[0].layout)) * size_of(out[0].whole.type);
    return loop_kernel([bytes](const Buffers& b) { std::memcpy(b.out[0], b.in[1], bytes); });
  }
};

}  // namespace

Value assign(Value state, Value x, const std::string& name) {
  Graph& g = *state.graph;
  RoleScope scope(g, Role::update, g.node(state).name);
  return g.add(std::make_shared<Assign>(), {state, x}, name)[0];
}

}  // namespace backflow
