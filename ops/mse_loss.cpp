#include <backflow/ops/mse_loss.h>

#include <backflow/ops/detail/elementwise_loss.h>

namespace backflow {
namespace {

struct SquaredError {
  static std::string kind() { return "mse_loss"; }
  static float value(float p, float t) { return (p - t) * (p - t); }
  static float by_prediction(float p, float t) { return 2 * (p - t); }
  static float by_target(float p, float t) { return 2 * (t - p); }
};

}  // namespace

Value mse_loss(Value predictions, Value targets, const LossOptions& options) {
  return elementwise_loss<SquaredError>(predictions, targets, options);
}

}  // namespace backflow
