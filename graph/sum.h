// Sum of values of one shape: the only op that gradient() itself needs.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

/// y = x₁ + x₂ + …, elementwise, added from left to right. All values have one shape; the result has it too.
class Sum : public Op {
 public:
  OpTraits traits() const override { return {.locality = Locality::pointwise, .sum = true, .bf16 = bf16_everywhere}; }
  std::string kind() const override { return "sum"; }
  std::vector<Spec> infer(std::span<const Spec> in) const override;
  void gradient(Backward& b) const override;
  Tiling tiling(const Signature& whole) const override;
  Layouts layouts(const Signature& tile, std::span<const Layout> offered) const override;
  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View> out) const override;
  std::optional<std::size_t> may_overwrite(std::size_t) const override { return 0; }
};

Value sum(const std::vector<Value>& addends, const std::string& name = "");

}  // namespace backflow
