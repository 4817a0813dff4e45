#include <backflow/ops/modulo.h>

#include <cmath>

#include <backflow/ops/detail/broadcast.h>
#include <backflow/ops/sum_to.h>

namespace backflow {
namespace {

struct Floored {
  static std::string kind() { return "modulo"; }
  static float of(float a, float b) {
    const float rest = std::fmod(a, b);
    return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
  }
};

struct Truncated {
  static std::string kind() { return "truncated_modulo"; }
  static float of(float a, float b) { return std::fmod(a, b); }
};

/// −dy q. The quotient alone may round up to the next whole number.
template <class Rest>
struct ModuloByDivisor {
  static std::string kind() { return Rest::kind() + "_gradient"; }
  static float of(float dy, float a, float b) { return -dy * std::nearbyint((a - Rest::of(a, b)) / b); }
  static void gradient(Backward& b) { b.set(0, elementwise<ModuloByDivisor>(b.grad_output(), b.input(1), b.input(2))); }
};

template <class Rest>
struct Modulo {
  static constexpr bool keeps_denormals = true;
  static std::string kind() { return Rest::kind(); }
  static float of(float a, float b) { return Rest::of(a, b); }
  static void gradient(Backward& b) {
    const Value dy = b.grad_output(), divisor = b.input(1);
    if (b.wants(0)) b.set(0, sum_to(dy, b.input(0).shape()));
    if (b.wants(1)) b.set(1, sum_to(elementwise<ModuloByDivisor<Rest>>(dy, b.input(0), divisor), divisor.shape()));
  }
};

}  // namespace

Value modulo(Value a, Value b, const ModuloOptions& options) {
  return options.truncated ? elementwise<Modulo<Truncated>>(a, b, options.name)
                           : elementwise<Modulo<Floored>>(a, b, options.name);
}

}  // namespace backflow
