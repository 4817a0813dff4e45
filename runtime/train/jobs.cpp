#include <backflow/runtime/train/jobs.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include <backflow/graph/error.h>

namespace backflow::train {
namespace {

/// What the evaluation after an epoch says.
void set_evaluation(JobProgress& progress, const Evaluation& e, bool validates) {
  progress.set(validates ? "val_loss" : "test_loss", e.loss);
  if (!e.regression) return progress.set(validates ? "val_accuracy" : "test_accuracy", e.accuracy);
  progress.set(validates ? "val_mae" : "test_mae", e.regression->mae);
  progress.set(validates ? "val_r2" : "test_r2", e.regression->r2);
}

void set_quality(JobProgress& progress, const Evaluation& e) {
  if (e.robust_accuracy) progress.set("robust_accuracy", *e.robust_accuracy);
  if (!e.regression) return progress.set("accuracy", e.accuracy);
  progress.set("mae", e.regression->mae);
  progress.set("rmse", e.regression->rmse);
  progress.set("r2", e.regression->r2);
}

}  // namespace

TrainJob::TrainJob(Trainer& trainer, Evaluator* evaluator, TrainHooks hooks)
    : trainer_(trainer), evaluator_(evaluator), hooks_(std::move(hooks)) {
  require(hooks_.last_step >= 0, "[train] last_step needs to be ≥ 0, got ", hooks_.last_step);
  last_step_ = hooks_.last_step == 0 ? trainer.total_steps() : std::min(hooks_.last_step, trainer.total_steps());
}

Flow* TrainJob::next() {
  if (phase_ == Phase::evaluation) return evaluate();
  if (phase_ == Phase::begin) return step();
  report_ = trainer_.end_step();
  if (hooks_.after_step) hooks_.after_step(report_);
  if (!report_.ends_epoch) return step();
  if (evaluator_) {
    evaluator_->start();
    return evaluate();
  }
  if (hooks_.after_epoch) hooks_.after_epoch(report_, {});
  return step();
}

Flow* TrainJob::step() {
  if (trainer_.steps_done() >= last_step_ || (hooks_.stop && hooks_.stop())) {
    if (hooks_.at_end) hooks_.at_end();
    return nullptr;
  }
  phase_ = Phase::step;
  return &trainer_.begin_step();
}

Flow* TrainJob::evaluate() {
  phase_ = Phase::evaluation;
  if (Flow* flow = evaluator_->next()) return flow;
  evaluation_ = evaluator_->result();
  require(std::isfinite(evaluation_->loss), "[train] the ", hooks_.validates ? "validation" : "test",
          " loss after step ", report_.step, " is ", evaluation_->loss, "; a smaller learning rate may help");
  if (hooks_.after_epoch) hooks_.after_epoch(report_, *evaluation_);
  return step();
}

void TrainJob::report(JobProgress& progress) const {
  progress.done = trainer_.steps_done();
  progress.total = last_step_;
  if (report_.step == 0) return;
  progress.set("loss", report_.loss);
  progress.set("learning_rate", report_.learning_rate);
  progress.set("epoch", static_cast<double>(report_.epoch));
  if (!evaluation_) return;
  set_evaluation(progress, *evaluation_, hooks_.validates);
}

std::size_t TrainJob::memory_bytes() const {
  return trainer_.arena_bytes() + (evaluator_ ? evaluator_->arena_bytes() : 0);
}

EvaluateJob::EvaluateJob(Evaluator& evaluator, std::function<void(const Evaluation&)> done)
    : evaluator_(evaluator), done_(std::move(done)) {}

Flow* EvaluateJob::next() {
  if (!std::exchange(began_, true)) evaluator_.start();
  if (Flow* flow = evaluator_.next()) return flow;
  complete_ = true;
  if (done_) done_(evaluator_.result());
  return nullptr;
}

void EvaluateJob::report(JobProgress& progress) const {
  progress.done = evaluator_.batches_done();
  progress.total = evaluator_.batches();
  if (!complete_) return;
  progress.set("loss", evaluator_.result().loss);
  set_quality(progress, evaluator_.result());
}

FlowJob::FlowJob(Flow& flow, std::int64_t steps, std::function<void(Flow&, std::int64_t)> before,
                 std::function<bool(Flow&, std::int64_t)> after)
    : flow_(flow), steps_(steps), before_(std::move(before)), after_(std::move(after)) {
  require(steps >= 0, "[job] steps needs to be ≥ 0, got ", steps);
}

Flow* FlowJob::next() {
  if (std::exchange(running_, false)) {
    const std::int64_t step = done_++;
    if (after_ && !after_(flow_, step)) return nullptr;
  }
  if (done_ >= steps_) return nullptr;
  if (before_) before_(flow_, done_);
  running_ = true;
  return &flow_;
}

void FlowJob::report(JobProgress& progress) const { progress.total = steps_; }

Flow* ChainedJob::next() {
  if (then_) {
    if (Flow* flow = first_->next()) return flow;
    second_ = std::exchange(then_, nullptr)();
  }
  return second_ ? second_->next() : nullptr;
}

Flow* DeferredJob::next() {
  if (!job_) job_ = make_();
  return job_->next();
}

void DeferredJob::report(JobProgress& progress) const {
  progress.total = steps_;
  if (job_) job_->report(progress);
}

}  // namespace backflow::train
