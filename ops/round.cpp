#include <backflow/ops/round.h>

#include <cmath>

#include <backflow/ops/detail/elementwise_function.h>

namespace backflow {
namespace {

struct Round {
  static std::string kind() { return "round"; }
  float value(float x) const { return std::nearbyint(x); }
};

}  // namespace

Value round(Value x, const std::string& name) { return elementwise_function<Round>(x, name); }

}  // namespace backflow
