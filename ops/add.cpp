#include <backflow/ops/add.h>

#include <backflow/graph/sum.h>
#include <backflow/ops/detail/broadcast.h>
#include <backflow/ops/sum_to.h>

namespace backflow {
namespace {

struct Add {
  static std::string kind() { return "add"; }
  static float of(float a, float b) { return a + b; }
  static void gradient(Backward& b) {
    for (std::size_t i : {0, 1})
      if (b.wants(i)) b.set(i, sum_to(b.grad_output(), b.input(i).shape()));
  }
};

}  // namespace

Value add(Value a, Value b, const std::string& name) {
  // Which layers take as their residual.
  if (a.spec() == b.spec() && a.spec().type == Type::f32) return sum({a, b}, name);
  return elementwise<Add>(a, b, name);
}

}  // namespace backflow
