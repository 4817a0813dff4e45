#include <backflow/ops/abs.h>

#include <cmath>

#include <backflow/ops/detail/elementwise_function.h>

namespace backflow {
namespace {

struct Abs {
  static constexpr bool from_output = false;
  static std::string kind() { return "abs"; }
  float value(float x) const { return std::abs(x); }
  float gradient(float dy, float x) const { return x > 0 ? dy : x < 0 ? -dy : x * dy; }  // NaN at NaN
};

}  // namespace

Value abs(Value x, const std::string& name) { return elementwise_function<Abs>(x, name); }

}  // namespace backflow
