#include <backflow/ops/where.h>

#include <backflow/ops/detail/broadcast.h>
#include <backflow/ops/sum_to.h>

namespace backflow {
namespace {

struct WhereTrue {
  static constexpr bool keeps_denormals = true;
  static std::string kind() { return "where_true"; }
  static float of(float dy, float condition) { return condition != 0 ? dy : 0; }
  static void gradient(Backward& b) { b.set(0, elementwise<WhereTrue>(b.grad_output(), b.input(1))); }
};

struct WhereFalse {
  static constexpr bool keeps_denormals = true;
  static std::string kind() { return "where_false"; }
  static float of(float dy, float condition) { return condition != 0 ? 0 : dy; }
  static void gradient(Backward& b) { b.set(0, elementwise<WhereFalse>(b.grad_output(), b.input(1))); }
};

struct Where {
  static constexpr bool keeps_denormals = true;
  static std::string kind() { return "where"; }
  static float of(float condition, float a, float b) { return condition != 0 ? a : b; }
  static void gradient(Backward& b) {
    const Value dy = b.grad_output(), condition = b.input(0);
    if (b.wants(1)) b.set(1, sum_to(elementwise<WhereTrue>(dy, condition), b.input(1).shape()));
    if (b.wants(2)) b.set(2, sum_to(elementwise<WhereFalse>(dy, condition), b.input(2).shape()));
  }
};

}  // namespace

Value where(Value condition, Value a, Value b, const std::string& name) {
  return elementwise<Where>(condition, a, b, name);
}

}  // namespace backflow
