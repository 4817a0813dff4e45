#include <backflow/ops/adaline_loss.h>

#include <backflow/ops/detail/elementwise_loss.h>

namespace backflow {
namespace {

struct Adaline {
  static std::string kind() { return "adaline_loss"; }
  static float value(float s, float y) { return (y - s) * (y - s) / 2; }
  static float by_prediction(float s, float y) { return s - y; }
  static float by_target(float s, float y) { return y - s; }
};

}  // namespace

Value adaline_loss(Value scores, Value targets, const LossOptions& options) {
  return elementwise_loss<Adaline>(scores, targets, options);
}

}  // namespace backflow
