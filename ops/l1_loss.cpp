#include <backflow/ops/l1_loss.h>

#include <cmath>

#include <backflow/ops/detail/elementwise_loss.h>

namespace backflow {
namespace {

struct AbsoluteError {
  static std::string kind() { return "l1_loss"; }
  static float value(float p, float t) { return std::abs(p - t); }
  static float by_prediction(float p, float t) { return static_cast<float>((p > t) - (p < t)); }
  static float by_target(float p, float t) { return by_prediction(t, p); }
};

}  // namespace

Value l1_loss(Value predictions, Value targets, const LossOptions& options) {
  return elementwise_loss<AbsoluteError>(predictions, targets, options);
}

}  // namespace backflow
