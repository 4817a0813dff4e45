#include <backflow/runtime/train/mixed_loss.h>

#include <backflow/ops/add.h>
#include <backflow/ops/gather_elements.h>
#include <backflow/ops/log_softmax.h>
#include <backflow/ops/multiply.h>
#include <backflow/ops/reduce_mean.h>
#include <backflow/ops/reshape.h>
#include <backflow/ops/scale.h>
#include <backflow/ops/subtract.h>

namespace backflow::train {
namespace {

/// Of each sample the one of its class, [N, 1].
Value of_class(Value logs, Value labels) {
  return gather_elements(logs, reshape(labels, {labels.shape()[0], 1}), {.axis = 1});
}

Value mean_of_all(Value x) { return reduce_mean(x, {.axes = {0, 1}, .keep = true}); }

}  // namespace

Value mixed_cross_entropy(Value logits, const MixedTargets& t, const SoftmaxCrossEntropyOptions& options) {
  const Value logs = log_softmax(logits, {.axis = 1});
  const Value first = of_class(logs, t.labels), second = of_class(logs, t.others);
  const Value shares = reshape(t.shares, {t.shares.shape()[0], 1});
  // second + share · (first − second)
  const Value mixed = add(second, multiply(shares, subtract(first, second)));
  Value loss = scale(mean_of_all(mixed), -(1 - options.label_smoothing));
  if (options.label_smoothing > 0) loss = add(loss, scale(mean_of_all(logs), -options.label_smoothing));
  return reshape(loss, {1}, options.name);
}

}  // namespace backflow::train
