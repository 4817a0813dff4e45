#include <backflow/ops/perceptron_loss.h>

#include <cmath>

#include <backflow/ops/detail/elementwise_loss.h>

namespace backflow {
namespace {

struct Perceptron {
  static std::string kind() { return "perceptron_loss"; }
  static float value(float s, float y) { return std::abs(s) - y * s; }
  static float by_prediction(float s, float y) { return static_cast<float>((s > 0) - (s < 0)) - y; }
  static float by_target(float s, float) { return -s; }
};

}  // namespace

Value perceptron_loss(Value scores, Value labels, const LossOptions& options) {
  return elementwise_loss<Perceptron>(scores, labels, options);
}

}  // namespace backflow
