// What ops on balls share: checks, tiles, and the projection of one sample. Internal to ops/.
#pragma once

#include <backflow/graph/op.h>
#include <backflow/ops/ball.h>

namespace backflow {

/// Throws an Error that names `op` unless low is below high.
void check_ball(const char* op, const BallOptions& options);
/// Throws an Error unless both are f32 of one shape [N, …], and `epsilon` is [1].
void require_ball(const char* op, const Spec& x, const Spec& center, const Spec& epsilon);

/// Of a norm over each sample: rows; of the largest difference: any elements.
Tiling ball_tiling(const Signature& whole, const BallOptions& options, std::initializer_list<std::size_t> read_whole);

/// An op that moves its first input into a ball, sample by sample.
class BallOp : public Op {
 public:
  explicit BallOp(BallOptions o) : o_(std::move(o)) {}

  OpTraits traits() const override {
    return {.locality = o_.norm == Norm::linf ? Locality::pointwise : Locality::global};
  }
  std::string details() const override { return name_of(o_.norm); }
  Layouts layouts(const Signature& s, std::span<const Layout> offered) const override;
  std::optional<std::size_t> may_overwrite(std::size_t) const override { return 0; }

 protected:
  BallOptions o_;
};

/// How a kernel goes through its tile: sample by sample, of linf all at once.
struct BallRows {
  std::int64_t count, length;

  BallRows(const BallOptions& options, const View& tile);
  std::int64_t end() const { return count * length; }
};

/// One sample, or of linf any elements, of n values. y may be x but not the centre. A NaN stays one.
///   linf  min(max(x, center − ε), center + ε), computed in f32, then low … high
///   l2    center + d · min(1, ε / ‖d‖) with d = x − center, then low … high; ‖y − center‖ ≤ ε holds exactly, for the
///         rounded y and a norm in double
void project(const BallOptions& options, float epsilon, const float* x, const float* center, float* y, std::int64_t n);

}  // namespace backflow
