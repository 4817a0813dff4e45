#include <backflow/ops/exp.h>

#include <cmath>

#include <backflow/ops/detail/elementwise_function.h>

namespace backflow {
namespace {

struct Exp {
  static constexpr bool from_output = true;
  static std::string kind() { return "exp"; }
  float value(float x) const { return std::exp(x); }
  float gradient(float dy, float y) const { return dy * y; }
};

}  // namespace

Value exp(Value x, const std::string& name) { return elementwise_function<Exp>(x, name); }

}  // namespace backflow
