// y = x in another layout; the compiler inserts these where an op wants another order than its input has.
#pragma once

#include <backflow/graph/op.h>

namespace backflow {

class Reorder : public Op {
 public:
  explicit Reorder(Layout to) : to_(std::move(to)) {}
  OpTraits traits() const override {
    return {.locality = Locality::pointwise, .reorder = true, .weight_form = kind()};  // the layouts are in every key
  }
  std::string kind() const override { return "reorder"; }
  std::string details() const override { return to_.letters(0); }
  std::vector<Spec> infer(std::span<const Spec> in) const override { return {in.begin(), in.end()}; }
  Layouts layouts(const Signature&, std::span<const Layout> offered) const override { return {{offered[0]}, {to_}}; }
  Tiling tiling(const Signature& whole) const override;
  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View> out) const override;

 private:
  Layout to_;
};

/// Copies a tensor into another layout, at once.
void reorder(const Spec& spec, const Layout& from, const std::byte* source, const Layout& to, std::byte* target);

}  // namespace backflow
