#include <backflow/ops/subtract.h>

#include <backflow/ops/detail/broadcast.h>
#include <backflow/ops/scale.h>
#include <backflow/ops/sum_to.h>

namespace backflow {
namespace {

struct Subtract {
  static std::string kind() { return "subtract"; }
  static float of(float a, float b) { return a - b; }
  static void gradient(Backward& b) {
    if (b.wants(0)) b.set(0, sum_to(b.grad_output(), b.input(0).shape()));
    if (b.wants(1)) b.set(1, scale(sum_to(b.grad_output(), b.input(1).shape()), -1));
  }
};

}  // namespace

Value subtract(Value a, Value b, const std::string& name) { return elementwise<Subtract>(a, b, name); }

}  // namespace backflow
