#include <backflow/ops/thresholded_relu.h>

#include <backflow/ops/detail/elementwise_function.h>

namespace backflow {
namespace {

struct ThresholdedRelu {
  static constexpr bool from_output = false;
  static constexpr bool rectifier = true;
  float alpha;
  static std::string kind() { return "thresholded_relu"; }
  std::string details() const { return str_cat("α ", alpha); }
  OpOptions options() const { return {{"alpha", {alpha}}}; }
  float value(float x) const { return x <= alpha ? 0 : x; }  // NaN stays NaN
  float gradient(float dy, float x) const { return x <= alpha ? 0 : dy; }
};

}  // namespace

Value thresholded_relu(Value x, const ThresholdedReluOptions& options) {
  return elementwise_function(x, options.name, ThresholdedRelu{options.alpha});
}

}  // namespace backflow
