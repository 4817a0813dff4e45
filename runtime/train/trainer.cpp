#include <backflow/runtime/train/trainer.h>

#include <cmath>

#include <backflow/graph/error.h>
#include <backflow/graph/gradient.h>
#include <backflow/graph/random.h>
#include <backflow/ops/adam.h>
#include <backflow/ops/scale.h>
#include <backflow/ops/sgd.h>
#include <backflow/ops/softmax_cross_entropy.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include <backflow/runtime/train/mixed_loss.h>

namespace backflow::train {
namespace {

TrainOptions checked(const TrainOptions& options) {
  check(options);
  return options;
}

Schedule schedule_of(const TrainOptions& o, std::int64_t steps_per_epoch) {
  ScheduleOptions s = o.schedule;
  s.rate = o.learning_rate;
  s.steps = o.epochs * steps_per_epoch;
  s.steps_per_epoch = steps_per_epoch;
  return Schedule(s);
}

void update(const TrainOptions& options, Value parameter, Value gradient, Value rate, Value step) {
  if (options.optimizer == Optimizer::sgd)
    sgd(parameter, gradient, rate,
        {.momentum = options.momentum, .nesterov = options.nesterov, .weight_decay = options.weight_decay});
  else
    adam(parameter, gradient, rate, step,
         {.weight_decay = options.weight_decay, .decoupled = options.optimizer == Optimizer::adamw});
}

Value loss_of(Value logits, Value labels, const TrainOptions& options, bool mixed) {
  const SoftmaxCrossEntropyOptions o{.label_smoothing = options.label_smoothing, .name = "loss"};
  if (!mixed) return softmax_cross_entropy(logits, labels, o);
  Graph& g = *logits.graph;
  const Value others = g.input(kOtherLabels, labels.spec()), shares = g.input(kLabelShares, {labels.shape()});
  return mixed_cross_entropy(logits, {labels, others, shares}, o);
}

void append(const models::Network& network, const TrainOptions& options, bool mixed, Graph& graph, Value images,
            Value labels) {
  graph.set_mode(Mode::training);
  const Value logits = network(images);
  const Value loss = loss_of(logits, labels, options, mixed);
  graph.output("loss", loss);
  const Value rate = graph.input("learning_rate", {{1}});
  const Value step = options.optimizer == Optimizer::sgd ? Value{} : graph.input("step", {{1}});
  const auto parameters = graph.parameters();
  require(!parameters.empty(), "[train] the network has no parameters to train");
  const auto gradients = gradient({loss}, parameters);
  std::map<float, Value> rates{{1.0F, rate}};  // by their factor
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const auto factor = options.rate_factors.find(graph.node(parameters[i]).name);
    Value& scaled = rates[factor == options.rate_factors.end() ? 1.0F : factor->second];
    if (!scaled) scaled = scale(rate, factor->second, "learning_rate");
    update(options, parameters[i], gradients[i], scaled, step);
  }
}

/// Another one for each step of a run; runs of other seeds have others.
std::int32_t dropout_step(std::uint64_t seed, std::int64_t step) {
  return static_cast<std::int32_t>(random_words(seed, stream_of("dropout"), 0, 0)[0] ^
                                   static_cast<std::uint32_t>(step));
}

}  // namespace

Trainer::Trainer(const models::Network& network, const data::Dataset& train, Store& store, Scheduler& scheduler,
                 const TrainOptions& options)
    : network_(network),
      options_(checked(options)),
      batches_(train, options_.batch, options_.seed, true),
      schedule_(schedule_of(options_, steps_per_epoch())),
      loop_(batches_,
            [this](Graph& g, Value images, Value labels) {
              append(network_, options_, batches_.mixes(), g, images, labels);
            },
            store, scheduler, {.name = "train", .trace = options_.trace, .precision = options_.precision}) {}

void Trainer::build(Graph& graph) const {
  Shape shape = batches_.input_shape();
  shape.insert(shape.begin(), batches_.size_of(0));
  const Value images = graph.input("images", {.shape = shape, .image = shape.size() == 4});
  append(network_, options_, batches_.mixes(), graph, images, graph.input("labels", {{shape[0]}, Type::s32}));
}

std::size_t Trainer::memory_bytes(const models::Network& network, const data::Dataset& train,
                                  const TrainOptions& options) {
  return BatchLoop::memory_bytes(
      data::Batches(train, checked(options).batch, options.seed, true),
      [&](Graph& g, Value images, Value labels) { append(network, options, train.mixes(), g, images, labels); });
}

MemoryReport Trainer::planned_memory(const models::Network& network, const data::Dataset& train,
                                     const TrainOptions& options) {
  return BatchLoop::planned_memory(
      data::Batches(train, checked(options).batch, options.seed, true),
      [&](Graph& g, Value images, Value labels) { append(network, options, train.mixes(), g, images, labels); });
}

void Trainer::resume(std::int64_t steps) {
  require(steps >= 0 && steps <= total_steps(), "[train] cannot go on after step ", steps, " of ", total_steps());
  steps_ = steps;
  loop_.seek(static_cast<std::uint32_t>(steps / steps_per_epoch()),
             static_cast<std::size_t>(steps % steps_per_epoch()));
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
  r.ends_epoch = loop_.index() + 1 == batches_.count();
  r.learning_rate = schedule_.at(steps_);
  Flow& flow = loop_.begin();
  flow.input("learning_rate").as()[0] = r.learning_rate;
  if (flow.has_input(models::kDropoutStep))
    flow.input(models::kDropoutStep).as<std::int32_t>()[0] = dropout_step(options_.seed, r.step);
  if (flow.has_input("step")) flow.input("step").as()[0] = static_cast<float>(r.step);
  return flow;
}

StepReport Trainer::end_step() {
  StepReport& r = report_;
  r.loss = loop_.flow().scalar("loss");
  loop_.end();
  require(std::isfinite(r.loss), "[train] the loss of step ", r.step, " is ", r.loss,
          "; a smaller learning rate may help");
  steps_ = r.step;
  return r;
}

}  // namespace backflow::train
