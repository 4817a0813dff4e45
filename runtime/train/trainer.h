// Supervised training of a classifier, step by step.
#pragma once

#include <memory>
#include <string>

#include <backflow/runtime/flow/memory_report.h>
#include <backflow/runtime/models/networks.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include <backflow/runtime/train/batch_loop.h>
#include <backflow/runtime/train/options.h>

namespace backflow::train {

class TrainingGraph;

struct StepReport {
  std::int64_t step = 0;   // 1 for the first
  std::int64_t epoch = 0;  // 1 for the first
  float loss = 0;          // mean over the batch, before the update
  float learning_rate = 0;
  std::int64_t samples = 0;
  bool ends_epoch = false;
};

class Trainer {
 public:
  /// Parameters and optimizer state are those of `store`, made there if they are missing. `train`, `store` and
  /// `scheduler` must outlive the trainer. Throws an Error if an option is out of its range.
  Trainer(const models::Network& network, const data::Dataset& train, Store& store, Scheduler& scheduler,
          const TrainOptions& options);

  std::int64_t total_steps() const { return options_.epochs * steps_per_epoch(); }
  std::int64_t steps_done() const { return steps_; }
  /// Fewer than steps where gradients are accumulated.
  std::int64_t updates_per_epoch() const { return (steps_per_epoch() + options_.accumulate - 1) / options_.accumulate; }
  std::int64_t steps_per_epoch() const { return static_cast<std::int64_t>(batches_.count()) * replays_; }
  /// So many steps in a row learn from the same batch: TrainOptions::attack_steps of RobustLoss::free, else 1.
  std::int64_t replays() const { return replays_; }
  bool done() const { return steps_ >= total_steps(); }
  /// Goes on after `steps` steps, with the batches and the learning rate that an uninterrupted run would have.
  void resume(std::int64_t steps);
  /// Of the schedule's learning rate, from the next step on.
  void set_rate_factor(double factor) { rate_factor_ = factor; }
  /// Forward, loss, backward, update on the next batch; with TrainOptions::accumulate the update comes with the last
  /// batch of so many. Throws an Error that names the step if the loss is not finite.
  StepReport step();
  /// The two halves of step(), for a job: the flow of the next batch, and, when it has run, what it gave.
  Flow& begin_step();
  StepReport end_step();

  /// The training graph for one full batch, for images.
  void build(Graph& graph) const;
  std::size_t arena_bytes() const { return loop_.arena_bytes(); }
  /// What a trainer of these will hold, parameters included; makes a plan and takes no memory of that size.
  static std::size_t memory_bytes(const models::Network& network, const data::Dataset& train,
                                  const TrainOptions& options);
  /// The same as a report on a full batch, but for the workers' blocks.
  static MemoryReport planned_memory(const models::Network& network, const data::Dataset& train,
                                     const TrainOptions& options);
  /// What a step on a full batch holds; see runtime/flow/memory_report.h.
  MemoryReport memory_report() { return loop_.memory_report(); }
  /// What a step on a full batch was compiled into, for graphviz: fused nodes, tiles, memory orders, reorders.
  std::string dot() { return loop_.dot(); }

 private:
  std::shared_ptr<const TrainingGraph> graph_;
  TrainOptions options_;
  std::int64_t replays_;
  data::Batches batches_;
  Schedule schedule_;
  BatchLoop loop_;
  std::int64_t steps_ = 0;
  double rate_factor_ = 1;
  StepReport report_;  // of the step that runs
};

}  // namespace backflow::train
