#include <backflow/ops/selu.h>

#include <cmath>

#include <backflow/ops/detail/elementwise_function.h>

namespace backflow {
namespace {

struct Selu {
  static constexpr bool from_output = false;
  float alpha, gamma;
  static std::string kind() { return "selu"; }
  std::string details() const { return str_cat("α ", alpha, " γ ", gamma); }
  OpOptions options() const { return {{"alpha", {alpha}}, {"gamma", {gamma}}}; }
  float value(float x) const { return gamma * (x > 0 ? x : alpha * std::expm1(x)); }
  float gradient(float dy, float x) const { return dy * gamma * (x > 0 ? 1 : alpha * std::exp(x)); }
};

}  // namespace

Value selu(Value x, const SeluOptions& options) {
  return elementwise_function(x, options.name, Selu{options.alpha, options.gamma});
}

}  // namespace backflow
