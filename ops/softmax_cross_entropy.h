// loss = mean over the batch of −Σ_c t_c log softmax(logits)_c, with integer labels and optional label smoothing.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

struct SoftmaxCrossEntropyOptions {
  float label_smoothing = 0;  // ε in [0, 1): the target is 1 − ε + ε/C for the label, ε/C for every other class
  std::vector<float> class_weights = {};  // [C]; empty: all 1
  Value total_weight = {};  // of class_weights: what the sum is divided by, in place of label_weight() of these labels
  std::string name = "";
};

/// logits [N, C], labels [N] of s32 in 0 … C−1; the result is a scalar, shape [1]. Through log-sum-exp, so no finite
/// logit overflows. A label out of range is an error when the graph runs. Label smoothing: Szegedy et al. 2015
/// (arXiv:1512.00567). With class weights w the loss is Σ_n Σ_c w_c t_nc (−log softmax(logits_n)_c) / Σ_n w_label(n),
/// which is NaN for a batch of weight 0. Both have PyTorch's meaning.
Value softmax_cross_entropy(Value logits, Value labels, const SoftmaxCrossEntropyOptions& options = {});

/// Σ_n w_label(n) over the batch, [1].
Value label_weight(Value labels, const std::vector<float>& class_weights, const std::string& name = "");

}  // namespace backflow
