#include <backflow/ops/erf.h>

#include <cmath>
#include <numbers>

#include <backflow/ops/detail/elementwise_function.h>

namespace backflow {
namespace {

struct Erf {
  static constexpr bool from_output = false;
  static std::string kind() { return "erf"; }
  float value(float x) const { return std::erf(x); }
  float gradient(float dy, float x) const { return dy * std::numbers::inv_sqrtpi_v<float> * 2 * std::exp(-x * x); }
};

}  // namespace

Value erf(Value x, const std::string& name) { return elementwise_function<Erf>(x, name); }

}  // namespace backflow
