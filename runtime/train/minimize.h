// Gradients of a loss and updates of all parameters, appended in one call.
#pragma once

#include <map>
#include <string>
#include <variant>
#include <vector>

#include <backflow/graph/gradient_rule.h>

namespace backflow::train {

// The rules of the update, each as its op in ops/ has it.
struct Sgd {
  float learning_rate = 0.01F, momentum = 0;
  bool nesterov = false;
  float weight_decay = 0;
};
struct Adam {
  float learning_rate = 1e-3F;
  double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weight_decay = 0;
};
struct AdamW {
  float learning_rate = 1e-3F;
  double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weight_decay = 0.01;
};
struct Rmsprop {
  float learning_rate = 0.01F;
  double alpha = 0.99, epsilon = 1e-8;
  float momentum = 0, weight_decay = 0;
};
struct Lion {
  float learning_rate = 1e-4F;
  double beta1 = 0.9, beta2 = 0.99, weight_decay = 0;
};
using Update = std::variant<Sgd, Adam, AdamW, Rmsprop, Lion>;

/// Gradients of several batches as one. The state "<parameter>.gradient" holds keep · itself + share · the gradient;
/// both are of shape [1], and keep is 0 for the first batch.
struct Accumulation {
  Value keep = {}, share = {};
};

struct MinimizeOptions {
  float clip_norm = 0;  // gradients are scaled so that the norm of all of them together is at most this; 0: none
  std::map<std::string, float> rate_factors = {};  // of the learning rate, by parameter; 1 for others
  Value learning_rate = {};                        // of shape [1], in place of the number; for schedules
  Value step = {};                                 // of shape [1], 1 for the first; else the graph counts by itself
  Value average_keep = {};                         // of shape [1], the old average's share; without it no average
  Accumulation accumulated = {};                   // with the gradients of earlier batches
  std::vector<Value> also = {};                    // values whose gradients are wanted too
  GradientSum sum = {};                            // of gradients that meet; open: from left to right
};

/// The state that counts the steps of a graph that does so itself: how many were done.
constexpr const char* kStepState = "optimizer.step";

/// What the names of the states that average parameters and collect gradients end with.
constexpr const char* kAverageSuffix = ".ema";
constexpr const char* kGradientSuffix = ".gradient";

/// Whether the rule depends on the step's number.
bool needs_step(const Update& update);

/// Appends the gradient of `loss`, a scalar, with respect to every parameter of its graph, and their updates: a run of
/// the graph is a step. Clipping is PyTorch's clip_grad_norm_: each gradient times min(1, clip_norm / (norm + 1e-6)),
/// where the norm is that of all gradients together. With `average_keep` k the state "<parameter>.ema" becomes
/// w + k (ema − w) with the new parameter w: an exponential moving average, begun by a k of 0. Returns the gradients of
/// `also`. Throws an Error if there is no parameter or an option is out of its range.
std::vector<Value> minimize(Value loss, const Update& update, const MinimizeOptions& options = {});
/// Appends the gradients alone, and adds them to those of earlier batches: a run of the graph is a part of a step.
void accumulate(Value loss, const Accumulation& accumulation, const GradientSum& sum = {});

}  // namespace backflow::train
