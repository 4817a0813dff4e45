#include <backflow/ops/minimum.h>

#include <cmath>

#include <backflow/ops/detail/broadcast.h>
#include <backflow/ops/sum_to.h>

namespace backflow {
namespace {

/// By the first of both.
struct MinimumGradient {
  static std::string kind() { return "minimum_gradient"; }
  static float of(float dy, float a, float b) { return a == b ? dy / 2 : a > b ? 0 : dy; }
  static void gradient(Backward& b) { b.set(0, elementwise<MinimumGradient>(b.grad_output(), b.input(1), b.input(2))); }
};

struct Minimum {
  static constexpr bool keeps_denormals = true;
  static std::string kind() { return "minimum"; }
  static float of(float a, float b) { return a < b || std::isnan(a) ? a : b; }
  static void gradient(Backward& b) {
    for (std::size_t i : {0, 1})
      if (b.wants(i)) {
        const Value share = elementwise<MinimumGradient>(b.grad_output(), b.input(i), b.input(1 - i));
        b.set(i, sum_to(share, b.input(i).shape()));
      }
  }
};

}  // namespace

Value minimum(Value a, Value b, const std::string& name) { return elementwise<Minimum>(a, b, name); }

}  // namespace backflow
