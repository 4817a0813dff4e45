#include <backflow/ops/sqrt.h>

#include <cmath>

#include <backflow/ops/detail/elementwise_function.h>

namespace backflow {
namespace {

struct Sqrt {
  static constexpr bool from_output = true;
  static std::string kind() { return "sqrt"; }
  float value(float x) const { return std::sqrt(x); }
  float gradient(float dy, float y) const { return dy / (2 * y); }
};

}  // namespace

Value sqrt(Value x, const std::string& name) { return elementwise_function<Sqrt>(x, name); }

}  // namespace backflow
