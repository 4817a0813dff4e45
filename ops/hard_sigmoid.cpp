#include <backflow/ops/hard_sigmoid.h>

#include <backflow/ops/detail/elementwise_function.h>

namespace backflow {
namespace {

struct HardSigmoid {
  static constexpr bool from_output = true;
  float alpha, beta;
  static std::string kind() { return "hard_sigmoid"; }
  std::string details() const { return str_cat("α ", alpha, " β ", beta); }
  OpOptions options() const { return {{"alpha", {alpha}}, {"beta", {beta}}}; }
  float value(float x) const {
    const float y = alpha * x + beta;
    return y < 0 ? 0 : y > 1 ? 1 : y;
  }
  float gradient(float dy, float y) const { return y > 0 && y < 1 ? alpha * dy : 0; }
};

}  // namespace

Value hard_sigmoid(Value x, const HardSigmoidOptions& options) {
  return elementwise_function(x, options.name, HardSigmoid{options.alpha, options.beta});
}

}  // namespace backflow
