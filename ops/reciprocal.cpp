#include <backflow/ops/reciprocal.h>

#include <backflow/ops/detail/elementwise_function.h>

namespace backflow {
namespace {

struct Reciprocal {
  static constexpr bool from_output = true;
  static std::string kind() { return "reciprocal"; }
  float value(float x) const { return 1 / x; }
  float gradient(float dy, float y) const { return -(dy * y) * y; }
};

}  // namespace

Value reciprocal(Value x, const std::string& name) { return elementwise_function<Reciprocal>(x, name); }

}  // namespace backflow
