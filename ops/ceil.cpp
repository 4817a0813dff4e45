#include <backflow/ops/ceil.h>

#include <cmath>

#include <backflow/ops/detail/elementwise_function.h>

namespace backflow {
namespace {

struct Ceil {
  static std::string kind() { return "ceil"; }
  float value(float x) const { return std::ceil(x); }
};

}  // namespace

Value ceil(Value x, const std::string& name) { return elementwise_function<Ceil>(x, name); }

}  // namespace backflow
