#include <backflow/ops/is_nan.h>

#include <cmath>

#include <backflow/ops/detail/elementwise_function.h>

namespace backflow {
namespace {

struct IsNan {
  static std::string kind() { return "is_nan"; }
  float value(float x) const { return std::isnan(x); }
};

struct IsInf {
  bool positive = true, negative = true;
  static std::string kind() { return "is_inf"; }
  std::string details() const { return str_cat(positive ? "+" : "", negative ? "−" : ""); }
  float value(float x) const { return std::isinf(x) && (x > 0 ? positive : negative); }
};

}  // namespace

Value is_nan(Value x, const std::string& name) { return elementwise_function<IsNan>(x, name); }

Value is_inf(Value x, const IsInfOptions& options) {
  return elementwise_function(x, options.name, IsInf{options.positive, options.negative});
}

}  // namespace backflow
