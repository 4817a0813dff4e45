#include <backflow/ops/detail/ball.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include <backflow/graph/error.h>
#include <backflow/ops/detail/image.h>
#include <backflow/ops/kernels/lanes.h>

namespace backflow {
namespace {

/// Leaves room for norms that are summed in another order.
constexpr double kNormMargin = 1e-12;

double squared_distance(const float* x, const float* center, std::int64_t n) {
  return lane_sum<double>(n, [=](std::int64_t i) {
    const double d = static_cast<double>(x[i]) - center[i];
    return d * d;
  });
}

void project_linf(const BallOptions& o, float epsilon, const float* x, const float* center, float* y, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) {
    const float inside = std::min(std::max(x[i], center[i] - epsilon), center[i] + epsilon);
    y[i] = std::min(std::max(inside, o.low), o.high);
  }
}

void project_l2(const BallOptions& o, float epsilon, const float* x, const float* center, float* y, std::int64_t n) {
  const double limit = static_cast<double>(epsilon) * epsilon * (1 - kNormMargin);
  if (x != y) std::copy_n(x, n, y);
  // What is rounded to f32 may lie outside by a little; a shorter step does not, at the latest one of length 0.
  double less = 0;
  for (double s = squared_distance(y, center, n); s > limit; s = squared_distance(y, center, n)) {
    const double factor = epsilon / std::sqrt(s) * std::max(0.0, 1 - less);
    for (std::int64_t i = 0; i < n; ++i)
      y[i] = static_cast<float>(center[i] + factor * (static_cast<double>(y[i]) - center[i]));
    less = less == 0 ? 1e-7 : 4 * less;
  }
  for (std::int64_t i = 0; i < n; ++i) y[i] = std::min(std::max(y[i], o.low), o.high);
}

}  // namespace

void check_ball(const char* op, const BallOptions& o) {
  require(o.low < o.high, "[", op, "] low needs to be below high, got ", o.low, " and ", o.high);
}

void require_ball(const char* op, const Spec& x, const Spec& center, const Spec& epsilon) {
  require(x.type == Type::f32 && !x.shape.empty(), "[", op, "] needs samples [N, …] f32, got ", to_string(x));
  require(x.shape == center.shape && center.type == Type::f32, "[", op, "] x has shape ", to_string(x), ", its centre ",
          to_string(center));
  require(epsilon == Spec{{1}}, "[", op, "] epsilon needs shape [1], got ", to_string(epsilon));
}

Tiling ball_tiling(const Signature& whole, const BallOptions& o, std::initializer_list<std::size_t> read_whole) {
  if (o.norm == Norm::linf) return flat_tiling(whole);
  return row_tiling(whole, time_of_bytes(3 * bytes_of(whole)), read_whole);
}

/// Each sample lies in one piece; all values in the order of the first where that allows it.
Layouts BallOp::layouts(const Signature& s, std::span<const Layout> offered) const {
  const bool fits = !offered[0].is_any() && !offered[0].is_blocked() && is_outermost(s.in[0].shape, offered[0], 0);
  return fits ? same_layouts(s, offered) : Layouts{std::vector<Layout>(s.in.size()), std::vector<Layout>(s.out.size())};
}

BallRows::BallRows(const BallOptions& o, const View& tile)
    : count(o.norm == Norm::linf ? 1 : tile.shape[0]), length(physical_elements(tile.shape, tile.layout) / count) {}

void project(const BallOptions& o, float epsilon, const float* x, const float* center, float* y, std::int64_t n) {
  if (o.norm == Norm::linf)
    project_linf(o, epsilon, x, center, y, n);
  else
    project_l2(o, epsilon, x, center, y, n);
}

}  // namespace backflow
