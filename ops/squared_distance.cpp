#include <backflow/ops/squared_distance.h>

#include <backflow/ops/detail/elementwise_loss.h>

namespace backflow {
namespace {

struct SquaredDistance {
  static std::string kind() { return "squared_distance"; }
  static float value(float p, float t) { return (p - t) * (p - t); }
  static float by_prediction(float p, float t) { return 2 * (p - t); }
  static float by_target(float p, float t) { return 2 * (t - p); }
};

}  // namespace

Value squared_distance(Value predictions, Value targets, const LossOptions& options) {
  return elementwise_loss<SquaredDistance>(predictions, targets, options);
}

}  // namespace backflow
