// A step of adversarial training: the loss of inputs that were moved, within a ball, to where the network is worst.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <backflow/runtime/attack/threat.h>
#include <backflow/runtime/data/dataset.h>
#include <backflow/runtime/models/networks.h>
#include <backflow/runtime/train/options.h>

namespace backflow::train {

/// Of a graph with a random start: [N, 4] s32, which attack::write_keys() fills.
inline constexpr const char* kAttackKeys = "attack_keys";
/// The state in which free training keeps what it adds to pixels, [batch, C, H, W].
inline constexpr const char* kDeltaState = "attack.delta";

/// What an adversary may do to the samples of a data set, whose inputs are pixels in 0 … 1 in other units.
class Adversary {
 public:
  /// Throws an OptionError about `robust` unless the samples are images with classes.
  Adversary(const attack::Threat& threat, const data::Dataset& data);

  const attack::Threat& threat() const { return threat_; }
  /// Standardised inputs [N, C, H, W] as pixels, cut to 0 … 1.
  Value pixels(Value inputs) const;
  /// A network that reads standardised inputs, as a function of pixels.
  models::Network on_pixels(const models::Network& network) const;

 private:
  attack::Threat threat_;
  std::vector<float> mean_, stddev_;  // [C]
};

/// Appends the mean loss over a batch, [1], of logits [N, classes], as a node `name`.
using BatchLoss = std::function<Value(Value logits, const std::string& name)>;

/// What free training adds to the pixels of a batch. Of a smaller one the state's first samples are used.
struct FreeDelta {
  Value state;  // kDeltaState
  Value used;   // of the batch, to differentiate by

  /// Appends δ ← Π(δ + rate · direction(gradient)): the state's update.
  void update(Value gradient, const attack::Threat& threat, float rate) const;
};

struct RobustStep {
  Value loss;                      // to be minimized
  std::optional<FreeDelta> delta;  // of RobustLoss::free: to be updated by the gradient of the same loss
};

/// Appends what options.robust_loss says, for `inputs` as the data set has them. In the steps of an attack the network
/// is as it predicts (running averages, no dropout), and nothing is computed for its parameters or statistics. With v
/// the pixels, B the ball around v, f the network and L the loss of the labels:
///   pgd     L(f(v′)), v′ after attack_steps steps of projected ascent of L from a random point of B (Madry et al.
///   2018,
///           arXiv:1706.06083)
///   fast    the same after one step of 1.25 ε (Wong et al. 2020, arXiv:2001.03994)
///   trades  L(f(v)) + β · KL(softmax f(v) ‖ softmax f(v′)), v′ from ascent of that KL (Zhang et al. 2019,
///           arXiv:1901.08573); both batches go through the network as one, so that batch normalisation sees both
///   free    L(f(v + δ)), where one gradient updates parameters and δ, and each batch comes attack_steps times; δ stays
///           from step to step (Shafahi et al. 2019, arXiv:1904.12843)
/// `full_batch` is the size of the largest batch.
RobustStep robust_step(const models::Network& network, const Adversary& adversary, const TrainOptions& options,
                       Value inputs, std::int64_t full_batch, const BatchLoss& loss);

/// How far a step of the attack moves: options.attack_rate, or what its help says.
float attack_rate_of(const TrainOptions& options, const attack::Threat& threat);

/// `network` as the robust measure of an evaluation sees it: logits of inputs that `steps` steps of projected ascent of
/// the cross-entropy of `labels` moved, from random points by the graph's input kAttackKeys.
Value attacked_logits(const models::Network& network, const Adversary& adversary, Value inputs, Value labels,
                      std::int64_t steps);

}  // namespace backflow::train
