// y = γ (x − µ) / √(σ² + ε) + β by channel: with the batch's statistics in training, with running averages afterwards.
// Ioffe and Szegedy 2015 (arXiv:1502.03167).
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

struct BatchNormOptions {
  std::optional<bool> training = {};  // open: as the graph's mode says; false where it says nothing
  float epsilon = 1e-5F;
  float momentum = 0.1F;  // of the batch in the running averages
  std::string name = "batch_norm";
};

/// Parameters `name`.weight (γ, ones) and `name`.bias (β, zeros), states `name`.running_mean (zeros) and
/// `name`.running_var (ones), all [C]; x is [N, C] or [N, C, H, W]. In training, µ and σ² are those of the whole batch
/// (biased), and each step moves the running averages towards them (with the unbiased variance), as PyTorch does.
Value batch_norm(Value x, const BatchNormOptions& options = {});

struct BatchNormValues {
  Value weight, bias;                    // [C] each
  Value running_mean, running_variance;  // [C] states; in training they may be empty: nothing is updated then
};

/// The same with given values, so that layers can share them.
Value batch_norm(Value x, const BatchNormValues& values, const BatchNormOptions& options = {});

}  // namespace backflow
