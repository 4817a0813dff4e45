#include <backflow/ops/bce_loss.h>

#include <algorithm>
#include <cmath>

#include <backflow/ops/detail/elementwise_loss.h>

namespace backflow {
namespace {

struct BinaryCrossEntropy {
  static constexpr bool kDivides = true;  // as PyTorch does: the same bits from the same prediction
  static std::string kind() { return "bce_loss"; }
  static float log_yes(float p) { return std::max(std::log(p), -100.0F); }
  static float log_no(float p) { return std::max(std::log1p(-p), -100.0F); }
  static float value(float p, float t) { return (t - 1) * log_no(p) - t * log_yes(p); }
  static float by_prediction(float p, float t) { return (p - t) / std::max((1 - p) * p, 1e-12F); }
  static float by_target(float p, float) { return log_no(p) - log_yes(p); }
  static const char* check(float p) { return p >= 0 && p <= 1 ? nullptr : "is not in [0, 1]"; }
};

}  // namespace

Value bce_loss(Value predictions, Value targets, const LossOptions& options) {
  return elementwise_loss<BinaryCrossEntropy>(predictions, targets, options);
}

}  // namespace backflow
