// What ops that work along one axis share. Internal to ops/.
#pragma once

#include <string>

#include <backflow/graph/graph.h>
#include <backflow/ops/detail/broadcast.h>

namespace backflow {

/// The axis that `axis` means for the f32 value x, negative ones from the last; throws an Error if there is none.
int axis_of(const std::string& op, Value x, std::int64_t axis);
/// Cut by samples unless they depend on each other.
Tiling axis_tiling(const Signature& whole, int axis, double nanoseconds);

/// An op of one value whose result has its shape and order, and of which each line along an axis is a function of that
/// line.
class AxisOp : public Op {
 public:
  explicit AxisOp(int axis) : axis_(axis) {}

  std::string details() const override { return "axis " + std::to_string(axis_); }
  std::vector<Spec> infer(std::span<const Spec> in) const override { return {in[0]}; }
  Layouts layouts(const Signature&, std::span<const Layout> offered) const override {
    const Layout x = strided(offered[0]);
    return {{x}, {x}};
  }
  std::optional<std::size_t> may_overwrite(std::size_t) const override { return 0; }

 protected:
  int axis() const { return axis_; }

 private:
  int axis_;
};

}  // namespace backflow
