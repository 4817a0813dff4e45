#include <backflow/ops/prelu.h>

#include <backflow/graph/error.h>
#include <backflow/ops/detail/broadcast.h>
#include <backflow/ops/sum_to.h>

namespace backflow {
namespace {

struct PreluByInput {
  static std::string kind() { return "prelu_by_input"; }
  static float of(float dy, float x, float slope) { return x > 0 ? dy : slope * dy; }
  static void gradient(Backward& b) {
    b.refuse(2);
    b.set(0, elementwise<PreluByInput>(b.grad_output(), b.input(1), b.input(2)));
  }
};

struct PreluBySlope {
  static std::string kind() { return "prelu_by_slope"; }
  static float of(float dy, float x) { return x > 0 ? 0 : x * dy; }
  static void gradient(Backward& b) {
    b.refuse(1);
    b.set(0, elementwise<PreluBySlope>(b.grad_output(), b.input(1)));
  }
};

struct Prelu {
  static std::string kind() { return "prelu"; }
  static float of(float x, float slope) { return x > 0 ? x : slope * x; }
  static void gradient(Backward& b) {
    const Value dy = b.grad_output(), x = b.input(0), slope = b.input(1);
    if (b.wants(0)) b.set(0, elementwise<PreluByInput>(dy, x, slope));
    if (b.wants(1)) b.set(1, sum_to(elementwise<PreluBySlope>(dy, x), slope.shape()));
  }
};

}  // namespace

Value prelu(Value x, Value slope, const std::string& name) {
  require(broadcast_shape("prelu", x.spec(), slope.spec()) == x.shape(), "[prelu] slopes of shape ",
          to_string(slope.shape()), " cannot be repeated to the input's shape ", to_string(x.shape()));
  return elementwise<Prelu>(x, slope, name);
}

}  // namespace backflow
