#include <backflow/ops/reduce_max.h>

#include <cmath>
#include <limits>

#include <backflow/ops/detail/extreme_gradient.h>
#include <backflow/ops/detail/reduction.h>

namespace backflow {
namespace {

struct ReduceMax {
  static constexpr float start = -std::numeric_limits<float>::infinity();
  static std::string kind() { return "reduce_max"; }
  static float of(float y, float x) { return x > y || std::isnan(x) ? x : y; }
  static void gradient(Backward& b) { share_among_extremes(b); }
};

}  // namespace

Value reduce_max(Value x, const ReduceOptions& options) {
  return reduced("reduce_max", x, options,
                 [&](const Shape& kept) { return reduce_to<ReduceMax>(x, kept, options.name); });
}

}  // namespace backflow
