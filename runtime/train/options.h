// Everything that decides how a classifier is trained, in one plain struct.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <backflow/graph/enum_names.h>
#include <backflow/runtime/flow/precision.h>
#include <backflow/runtime/train/learning_rate.h>

namespace backflow {
class Trace;
}

namespace backflow::train {

enum class Optimizer : std::uint8_t { sgd, adam, adamw, rmsprop, lion };

/// How adversarial inputs are trained on; see runtime/train/robust_step.h.
enum class RobustLoss : std::uint8_t { pgd, trades, free, fast };

struct TrainOptions {
  std::int64_t epochs = 10, batch = 128;
  std::int64_t accumulate = 1;  // batches whose gradients make one update; fewer at the end of an epoch
  // Parts of a batch, a power of two, whose gradients, losses and statistics are added in one fixed binary tree.
  std::int64_t shards = 1;
  Optimizer optimizer = Optimizer::sgd;
  float learning_rate = 0.05F, momentum = 0.9F, weight_decay = 0, label_smoothing = 0;
  bool nesterov = false;
  bool drop_last = false;         // leave out the last batch of an epoch if it is smaller
  float clip_grad = 0;            // largest norm of all gradients together; 0: none
  float ema = 0;                  // share of the old moving average of the weights after each step; 0: no average
  ScheduleOptions schedule = {};  // of the learning rate; rate and steps are filled in
  std::uint64_t seed = 1;         // of the order of the samples
  // Adversarial training: inputs are moved within a ball of pixels before they are learnt from.
  std::string robust = "none";  // linf:8/255, l2:0.5, …: attack::Threat; none: the inputs as they are
  RobustLoss robust_loss = RobustLoss::pgd;
  std::int64_t attack_steps = 7;  // of pgd and trades; of free the times that a batch is learnt from
  float attack_rate = 0;          // of a step of the attack, in pixels; 0: as attack_rate_of() says
  float trades_beta = 6;          // weight of robustness in the loss of trades
  Trace* trace = nullptr;
  Precision precision = Precision::f32;
  std::vector<float> class_weights = {};           // of the loss, by class; empty: all 1
  std::map<std::string, float> rate_factors = {};  // of the learning rate, by parameter; 1 for others
};

inline bool is_robust(const TrainOptions& options) { return options.robust != "none"; }
/// So often in a row a batch is learnt from.
inline std::int64_t replays_of(const TrainOptions& options) {
  return is_robust(options) && options.robust_loss == RobustLoss::free ? options.attack_steps : 1;
}

/// Throws an OptionError: the option, what was given and what was expected.
void check(const TrainOptions& options);
/// Throws an OptionError for the first of `given`, names of options or flags, that nothing reads with the others:
/// momentum with adam, drop with a cosine.
void check_effects(const TrainOptions& options, const std::vector<std::string>& given);

}  // namespace backflow::train

template <>
inline constexpr std::array<const char*, 4> backflow::kEnumNames<backflow::train::RobustLoss>{"pgd", "trades", "free",
                                                                                              "fast"};

template <>
inline constexpr std::array<const char*, 5> backflow::kEnumNames<backflow::train::Optimizer>{"sgd", "adam", "adamw",
                                                                                             "rmsprop", "lion"};
