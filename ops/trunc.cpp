#include <backflow/ops/trunc.h>

#include <cmath>

#include <backflow/ops/detail/elementwise_function.h>

namespace backflow {
namespace {

struct Trunc {
  static std::string kind() { return "trunc"; }
  float value(float x) const { return std::trunc(x); }
};

}  // namespace

Value trunc(Value x, const std::string& name) { return elementwise_function<Trunc>(x, name); }

}  // namespace backflow
