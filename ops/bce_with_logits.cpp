#include <backflow/ops/bce_with_logits.h>

#include <algorithm>
#include <cmath>

#include <backflow/ops/detail/elementwise_loss.h>

namespace backflow {
namespace {

struct BinaryCrossEntropyOfLogits {
  static std::string kind() { return "bce_with_logits"; }
  static float value(float x, float t) { return std::max(x, 0.0F) - x * t + std::log1p(std::exp(-std::abs(x))); }
  static float by_prediction(float x, float t) { return 1 / (1 + std::exp(-x)) - t; }
  static float by_target(float x, float) { return -x; }
};

}  // namespace

Value bce_with_logits(Value logits, Value targets, const LossOptions& options) {
  return elementwise_loss<BinaryCrossEntropyOfLogits>(logits, targets, options);
}

}  // namespace backflow
