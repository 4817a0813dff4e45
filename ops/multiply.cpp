#include <backflow/ops/multiply.h>

#include <backflow/ops/detail/broadcast.h>
#include <backflow/ops/sum_to.h>

namespace backflow {
namespace {

struct Multiply {
  static std::string kind() { return "multiply"; }
  static float of(float a, float b) { return a * b; }
  static void gradient(Backward& b) {
    if (b.wants(0)) b.set(0, sum_to(multiply(b.grad_output(), b.input(1)), b.input(0).shape()));
    if (b.wants(1)) b.set(1, sum_to(multiply(b.grad_output(), b.input(0)), b.input(1).shape()));
  }
};

}  // namespace

Value multiply(Value a, Value b, const std::string& name) { return elementwise<Multiply>(a, b, name); }

}  // namespace backflow
