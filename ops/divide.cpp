#include <backflow/ops/divide.h>

#include <backflow/ops/detail/broadcast.h>
#include <backflow/ops/multiply.h>
#include <backflow/ops/scale.h>
#include <backflow/ops/sum_to.h>

namespace backflow {
namespace {

struct Divide {
  static std::string kind() { return "divide"; }
  static float of(float a, float b) { return a / b; }
  static void gradient(Backward& b) {
    const Value quotient = divide(b.grad_output(), b.input(1));
    if (b.wants(0)) b.set(0, sum_to(quotient, b.input(0).shape()));
    if (b.wants(1)) b.set(1, scale(sum_to(multiply(quotient, b.output(0)), b.input(1).shape()), -1));
  }
};

}  // namespace

Value divide(Value a, Value b, const std::string& name) { return elementwise<Divide>(a, b, name); }

}  // namespace backflow
