#include <backflow/ops/softsign.h>

#include <cmath>

#include <backflow/ops/detail/elementwise_function.h>

namespace backflow {
namespace {

struct Softsign {
  static constexpr bool from_output = false;
  static std::string kind() { return "softsign"; }
  float value(float x) const { return x / (1 + std::abs(x)); }
  float gradient(float dy, float x) const { return dy / ((1 + std::abs(x)) * (1 + std::abs(x))); }
};

}  // namespace

Value softsign(Value x, const std::string& name) { return elementwise_function<Softsign>(x, name); }

}  // namespace backflow
