// Training, evaluation and plain flows as jobs of a scheduler.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include <backflow/runtime/flow/flow.h>
#include <backflow/runtime/scheduler/job.h>
#include <backflow/runtime/train/evaluator.h>
#include <backflow/runtime/train/trainer.h>

namespace backflow::train {

/// What a training job tells between two steps, on a worker. An exception ends the job.
struct TrainHooks {
  std::function<void(const StepReport&)> after_step = nullptr;
  /// After the evaluation of an epoch; without an evaluator, `Evaluation` is that of no samples.
  std::function<void(const StepReport& last, const Evaluation&)> after_epoch = nullptr;
  std::function<void()> at_end = nullptr;  // after the last step, before the job is complete
  std::int64_t last_step = 0;              // the job is complete after it; 0: after all
  std::function<bool()> stop = nullptr;    // asked before each step; the job is complete when it says so
  bool validates = false;                  // what the evaluator measures on is no test set
};

/// Trains from where the trainer is. Metrics: loss, learning_rate, epoch, and after an evaluation test_loss and
/// test_accuracy, or val_loss and val_accuracy.
class TrainJob final : public Job {
 public:
  /// With an `evaluator`, each epoch ends with a run of it. Both must outlive the job.
  explicit TrainJob(Trainer& trainer, Evaluator* evaluator = nullptr, TrainHooks hooks = {});

  Flow* next() override;
  void report(JobProgress& progress) const override;
  std::size_t memory_bytes() const override;

 private:
  enum class Phase : std::uint8_t { begin, step, evaluation };
  Flow* step();
  Flow* evaluate();

  Trainer& trainer_;
  Evaluator* evaluator_;
  TrainHooks hooks_;
  std::int64_t last_step_;
  Phase phase_ = Phase::begin;
  StepReport report_;
  std::optional<Evaluation> evaluation_;
};

/// Loss and accuracy on a data set, as metrics `loss` and `accuracy` of the complete job.
class EvaluateJob final : public Job {
 public:
  /// `evaluator` must outlive the job. `done` is called on a worker.
  explicit EvaluateJob(Evaluator& evaluator, std::function<void(const Evaluation&)> done = nullptr);

  Flow* next() override;
  void report(JobProgress& progress) const override;
  std::size_t memory_bytes() const override { return evaluator_.arena_bytes(); }

 private:
  Evaluator& evaluator_;
  std::function<void(const Evaluation&)> done_;
  bool began_ = false, complete_ = false;
};

/// A job, and then another one.
class ChainedJob final : public Job {
 public:
  /// `then` is called on a worker when `first` is complete; it may give no job.
  ChainedJob(std::unique_ptr<Job> first, std::function<std::unique_ptr<Job>()> then)
      : first_(std::move(first)), then_(std::move(then)) {}

  Flow* next() override;
  void report(JobProgress& progress) const override { first_->report(progress); }
  std::size_t memory_bytes() const override { return first_->memory_bytes(); }

 private:
  std::unique_ptr<Job> first_, second_;
  std::function<std::unique_ptr<Job>()> then_;
};

/// A flow of the user's own, run again and again.
class FlowJob final : public Job {
 public:
  /// `flow` must outlive the job. Runs it `steps` times. `before` writes its inputs, `after` reads its outputs; both
  /// are called on a worker with the number of the step, 0 for the first. If `after` returns false, the job is
  /// complete.
  FlowJob(Flow& flow, std::int64_t steps, std::function<void(Flow&, std::int64_t)> before = nullptr,
          std::function<bool(Flow&, std::int64_t)> after = nullptr);

  Flow* next() override;
  void report(JobProgress& progress) const override;
  std::size_t memory_bytes() const override { return flow_.arena_bytes(); }

 private:
  Flow& flow_;
  std::int64_t steps_, done_ = 0;
  std::function<void(Flow&, std::int64_t)> before_;
  std::function<bool(Flow&, std::int64_t)> after_;
  bool running_ = false;
};

/// A job that is made when it starts, so that it holds nothing while it waits.
class DeferredJob final : public Job {
 public:
  /// `make` is called on a worker. `memory` is what the job will need, in bytes, `steps` how many, if that is known.
  DeferredJob(std::size_t memory, std::function<std::unique_ptr<Job>()> make, std::int64_t steps = 0)
      : memory_(memory), make_(std::move(make)), steps_(steps) {}

  Flow* next() override;
  void report(JobProgress& progress) const override;
  std::size_t memory_bytes() const override { return memory_; }

 private:
  std::size_t memory_;
  std::function<std::unique_ptr<Job>()> make_;
  std::int64_t steps_;
  std::unique_ptr<Job> job_;
};

}  // namespace backflow::train
