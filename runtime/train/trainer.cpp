#include <backflow/runtime/train/trainer.h>

#include <algorithm>
#include <cmath>

#include <backflow/graph/error.h>
#include <backflow/graph/random.h>
#include <backflow/runtime/attack/steps.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include <backflow/runtime/train/training_graph.h>

namespace backflow::train {
namespace {

Schedule schedule_of(const TrainOptions& o, std::int64_t steps_per_epoch) {
  ScheduleOptions s = o.schedule;
  s.rate = o.learning_rate;
  s.steps = o.epochs * steps_per_epoch;
  s.steps_per_epoch = steps_per_epoch;
  return Schedule(s);
}

/// Another one for each step of a run; runs of other seeds have others.
std::int32_t dropout_step(std::uint64_t seed, std::int64_t step) {
  return static_cast<std::int32_t>(random_words(seed, stream_of("dropout"), 0, 0)[0] ^
                                   static_cast<std::uint32_t>(step));
}

}  // namespace

Trainer::Trainer(const models::Network& network, const data::Dataset& train, Store& store, Scheduler& scheduler,
                 const TrainOptions& options)
    : graph_(std::make_shared<const TrainingGraph>(network, train, options)),
      options_(graph_->options()),
      replays_(replays_of(options_)),
      batches_(batches_of(train, options_)),
      schedule_(schedule_of(options_, steps_per_epoch())),
      loop_(batches_, [this](Graph& g, Value images, Value labels) { graph_->append_step(g, images, labels); }, store,
            scheduler, {.name = "train", .trace = options_.trace, .precision = options_.precision}) {
  loop_.set_other([this](Graph& g, Value images, Value labels) { graph_->append_accumulation(g, images, labels); });
}

void Trainer::build(Graph& graph) const {
  Shape shape = batches_.input_shape();
  shape.insert(shape.begin(), batches_.size_of(0));
  const Value images = graph.input("images", {.shape = shape, .image = shape.size() == 4});
  graph_->append_step(graph, images, graph.input("labels", labels_spec(batches_, shape[0])));
}

std::size_t Trainer::memory_bytes(const models::Network& network, const data::Dataset& train,
                                  const TrainOptions& options) {
  const TrainingGraph graph(network, train, options);
  const data::Batches batches = batches_of(train, options);
  const std::size_t bytes = BatchLoop::memory_bytes(
      batches, [&](Graph& g, Value images, Value labels) { graph.append_step(g, images, labels); });
  if (options.accumulate == 1) return bytes;
  return bytes + BatchLoop::memory_bytes(batches, [&](Graph& g, Value images, Value labels) {
           graph.append_accumulation(g, images, labels);
         });
}

MemoryReport Trainer::planned_memory(const models::Network& network, const data::Dataset& train,
                                     const TrainOptions& options) {
  const TrainingGraph graph(network, train, options);
  return BatchLoop::planned_memory(batches_of(train, options),
                                   [&](Graph& g, Value images, Value labels) { graph.append_step(g, images, labels); });
}

void Trainer::resume(std::int64_t steps) {
  require(steps >= 0 && steps <= total_steps(), "[train] cannot go on after step ", steps, " of ", total_steps());
  steps_ = steps;
  loop_.seek(static_cast<std::uint32_t>(steps / steps_per_epoch()),
             static_cast<std::size_t>(steps % steps_per_epoch() / replays_));
}

StepReport Trainer::step() {
  begin_step().run();
  return end_step();
}

Flow& Trainer::begin_step() {
  require(!done(), "[train] all ", total_steps(), " steps are done");
  StepReport& r = report_;
  r.step = steps_ + 1;
  r.epoch = loop_.epoch() + 1;
  r.samples = loop_.batch_size();
  r.ends_epoch = r.step % steps_per_epoch() == 0;
  r.learning_rate = static_cast<float>(schedule_.at(steps_) * rate_factor_);
  // Batches whose gradients make one update, within an epoch.
  const auto index = static_cast<std::int64_t>(loop_.index()), first = index - index % options_.accumulate;
  const std::int64_t together = std::min(options_.accumulate, steps_per_epoch() - first);
  const bool updates = index + 1 == first + together;
  Flow& flow = updates ? loop_.begin() : loop_.begin_other();
  if (options_.accumulate > 1) {
    flow.input(kGradientKeep).as()[0] = index == first ? 0 : 1;
    flow.input(kGradientShare).as()[0] = 1 / static_cast<float>(together);
  }
  if (flow.has_input(models::kDropoutStep))
    flow.input(models::kDropoutStep).as<std::int32_t>()[0] = dropout_step(options_.seed, r.step);
  if (flow.has_input(kAttackKeys))
    attack::write_keys(flow.input(kAttackKeys).as<std::int32_t>(), options_.seed, 0, r.step);
  if (!updates) return flow;
  const std::int64_t update =
      replays_ > 1 ? r.step : loop_.epoch() * updates_per_epoch() + index / options_.accumulate + 1;
  flow.input(kLearningRate).as()[0] = r.learning_rate;
  if (options_.ema > 0) flow.input(kAverageKeep).as()[0] = update == 1 ? 0 : options_.ema;
  if (flow.has_input(kStep)) flow.input(kStep).as()[0] = static_cast<float>(update);
  return flow;
}

StepReport Trainer::end_step() {
  StepReport& r = report_;
  r.loss = loop_.running().scalar("loss");
  if (r.step % replays_ == 0) loop_.end();
  require(std::isfinite(r.loss), "[train] the loss of step ", r.step, " is ", r.loss,
          "; a smaller learning rate may help");
  steps_ = r.step;
  return r;
}

}  // namespace backflow::train
