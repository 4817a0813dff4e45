#include <backflow/ops/floor.h>

#include <cmath>

#include <backflow/ops/detail/elementwise_function.h>

namespace backflow {
namespace {

struct Floor {
  static std::string kind() { return "floor"; }
  float value(float x) const { return std::floor(x); }
};

}  // namespace

Value floor(Value x, const std::string& name) { return elementwise_function<Floor>(x, name); }

}  // namespace backflow
