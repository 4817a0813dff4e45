// The loss of samples that are mixed from two. Internal to runtime/train/.
#pragma once

#include <backflow/ops/softmax_cross_entropy.h>

namespace backflow::train {

/// [N] each: two classes of s32, and the share of the first; see data::MixedLabel.
struct MixedTargets {
  Value labels, others, shares;
};

/// softmax_cross_entropy of targets that are share · label + (1 − share) · other, of logits [N, C].
Value mixed_cross_entropy(Value logits, const MixedTargets& targets, const SoftmaxCrossEntropyOptions& options = {});

}  // namespace backflow::train
