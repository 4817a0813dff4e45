#include <backflow/ops/sign.h>

#include <backflow/ops/detail/elementwise_function.h>

namespace backflow {
namespace {

struct Sign {
  static std::string kind() { return "sign"; }
  float value(float x) const { return x > 0 ? 1 : x < 0 ? -1 : x + 0.0F; }
};

}  // namespace

Value sign(Value x, const std::string& name) { return elementwise_function<Sign>(x, name); }

}  // namespace backflow
