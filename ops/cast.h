// y = x in another type, f32 or bf16; the compiler inserts these where a value is held in one and read in the other.
#pragma once

#include <backflow/graph/op.h>

namespace backflow {

class Cast final : public Op {
 public:
  explicit Cast(Type to) : to_(to) {}
  OpTraits traits() const override {
    return {.locality = Locality::pointwise, .weight_form = kind() + " " + to_string(to_)};
  }
  std::string kind() const override { return "cast"; }
  std::string details() const override { return to_string(to_); }
  std::vector<Spec> infer(std::span<const Spec> in) const override;
  Tiling tiling(const Signature& whole) const override { return flat_tiling(whole); }
  /// The input's order, also where that is still open.
  Layouts layouts(const Signature&, std::span<const Layout> offered) const override {
    return {{offered[0]}, {offered[0]}};
  }
  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View> out) const override;

 private:
  Type to_;
};

}  // namespace backflow
