#include <backflow/ops/logistic_tanh_loss.h>

#include <cmath>

#include <backflow/ops/detail/elementwise_loss.h>

namespace backflow {
namespace {

struct LogisticTanh {
  static std::string kind() { return "logistic_tanh_loss"; }
  /// log cosh s + log 2 = |s| + log(1 + e^(−2|s|)); |s| − ys is exactly 0 on the right side.
  static float value(float s, float y) {
    const float size = std::abs(s);
    return size - y * s + std::log1p(std::exp(-2 * size));
  }
  static float by_prediction(float s, float y) { return std::tanh(s) - y; }
  static float by_target(float s, float) { return -s; }
};

}  // namespace

Value logistic_tanh_loss(Value scores, Value labels, const LossOptions& options) {
  return elementwise_loss<LogisticTanh>(scores, labels, options);
}

}  // namespace backflow
