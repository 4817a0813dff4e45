#include <backflow/ops/celu.h>

#include <cmath>

#include <backflow/ops/detail/elementwise_function.h>

namespace backflow {
namespace {

struct Celu {
  static constexpr bool from_output = false;
  float alpha;
  static std::string kind() { return "celu"; }
  std::string details() const { return str_cat("α ", alpha); }
  OpOptions options() const { return {{"alpha", {alpha}}}; }
  float value(float x) const { return x > 0 ? x : alpha * std::expm1(x / alpha); }
  float gradient(float dy, float x) const { return x > 0 ? dy : dy * std::exp(x / alpha); }
};

}  // namespace

Value celu(Value x, const CeluOptions& options) {
  require(options.alpha != 0, "[celu] alpha needs to be other than 0");
  return elementwise_function(x, options.name, Celu{options.alpha});
}

}  // namespace backflow
