#include <backflow/ops/power.h>

#include <cmath>

#include <backflow/ops/detail/broadcast.h>
#include <backflow/ops/sum_to.h>

namespace backflow {
namespace {

struct PowerByBase {
  static std::string kind() { return "power_by_base"; }
  static float of(float dy, float a, float b) { return b == 0 ? 0 : dy * (b * std::pow(a, b - 1)); }
  static void gradient(Backward& b) {
    b.refuse(1);
    b.refuse(2);
    b.set(0, elementwise<PowerByBase>(b.grad_output(), b.input(1), b.input(2)));
  }
};

struct PowerByExponent {
  static std::string kind() { return "power_by_exponent"; }
  static float of(float dy, float a, float b) { return a == 0 && b >= 0 ? 0 : dy * (std::pow(a, b) * std::log(a)); }
  static void gradient(Backward& b) {
    b.refuse(1);
    b.refuse(2);
    b.set(0, elementwise<PowerByExponent>(b.grad_output(), b.input(1), b.input(2)));
  }
};

struct Power {
  static constexpr bool keeps_denormals = true;
  static std::string kind() { return "power"; }
  static float of(float a, float b) { return std::pow(a, b); }
  static void gradient(Backward& b) {
    const Value dy = b.grad_output(), base = b.input(0), exponent = b.input(1);
    if (b.wants(0)) b.set(0, sum_to(elementwise<PowerByBase>(dy, base, exponent), base.shape()));
    if (b.wants(1)) b.set(1, sum_to(elementwise<PowerByExponent>(dy, base, exponent), exponent.shape()));
  }
};

}  // namespace

Value power(Value a, Value b, const std::string& name) { return elementwise<Power>(a, b, name); }

}  // namespace backflow
