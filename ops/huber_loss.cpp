#include <backflow/ops/huber_loss.h>

#include <algorithm>
#include <cmath>

#include <backflow/ops/detail/elementwise_loss.h>

namespace backflow {
namespace {

struct Huber {
  float delta;
  static std::string kind() { return "huber_loss"; }
  float value(float p, float t) const {
    const float d = std::abs(p - t);
    return d <= delta ? d * d / 2 : delta * (d - delta / 2);
  }
  float by_prediction(float p, float t) const { return std::clamp(p - t, -delta, delta); }
  float by_target(float p, float t) const { return by_prediction(t, p); }
};

}  // namespace

Value huber_loss(Value predictions, Value targets, const HuberOptions& options) {
  require(options.delta > 0, "[huber_loss] delta needs to be above 0, got ", options.delta);
  return elementwise_loss(predictions, targets, {options.reduction, options.name}, Huber{options.delta});
}

}  // namespace backflow
