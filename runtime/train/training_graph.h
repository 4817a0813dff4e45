// What a step of training computes, as nodes. Internal to runtime/train/.
#pragma once

#include <optional>

#include <backflow/runtime/data/batches.h>
#include <backflow/runtime/models/networks.h>
#include <backflow/runtime/train/options.h>
#include <backflow/runtime/train/robust_step.h>
#include <backflow/runtime/train/shards.h>

namespace backflow::train {

// Its inputs besides those of a batch, where the options need them; [1] each.
inline constexpr const char *kLearningRate = "learning_rate", *kStep = "step", *kGradientKeep = "gradient_keep",
                            *kGradientShare = "gradient_share", *kAverageKeep = "average_keep";

class TrainingGraph {
 public:
  /// Throws an OptionError if an option is out of its range or does not fit the data.
  TrainingGraph(const models::Network& network, const data::Dataset& train, const TrainOptions& options);

  const TrainOptions& options() const { return options_; }

  /// Loss, gradients and updates.
  void append_step(Graph& graph, Value images, Value labels) const;
  /// Gradients alone, added to those of earlier batches.
  void append_accumulation(Graph& graph, Value images, Value labels) const;

 private:
  /// A loss, and how gradients of it that meet are added.
  struct Loss {
    RobustStep step;
    std::shared_ptr<Shards> shards;  // null where there is one
    GradientSum sum() const { return shards ? shards->gradient_sum() : GradientSum(); }
  };
  Loss append_loss(Graph& graph, Value images, Value labels) const;

  models::Network network_;
  TrainOptions options_;
  bool mixes_;
  std::int64_t full_batch_;
  std::optional<Adversary> adversary_;
};

/// Those of a run.
data::Batches batches_of(const data::Dataset& train, const TrainOptions& options);

}  // namespace backflow::train
