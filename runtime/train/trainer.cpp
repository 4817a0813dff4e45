#include <backflow/runtime/train/trainer.h>

#include <algorithm>
#include <cmath>

#include <backflow/graph/error.h>
#include <backflow/graph/random.h>
#include <backflow/ops/mse_loss.h>
#include <backflow/ops/softmax_cross_entropy.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include <backflow/runtime/train/minimize.h>
#include <backflow/runtime/train/mixed_loss.h>

namespace backflow::train {
namespace {

TrainOptions checked(const TrainOptions& options) {
  check(options);
  return options;
}

data::Batches batches_of(const data::Dataset& train, const TrainOptions& o) {
  return {train, o.batch, o.seed, true, o.drop_last};
}

Schedule schedule_of(const TrainOptions& o, std::int64_t steps_per_epoch) {
  ScheduleOptions s = o.schedule;
  s.rate = o.learning_rate;
  s.steps = o.epochs * steps_per_epoch;
  s.steps_per_epoch = steps_per_epoch;
  return Schedule(s);
}

Update update_of(const TrainOptions& o) {
  switch (o.optimizer) {
    case Optimizer::sgd:
      return Sgd{.momentum = o.momentum, .nesterov = o.nesterov, .weight_decay = o.weight_decay};
    case Optimizer::adam:
      return Adam{.weight_decay = o.weight_decay};
    case Optimizer::adamw:
      return AdamW{.weight_decay = o.weight_decay};
    case Optimizer::rmsprop:
      return Rmsprop{.weight_decay = o.weight_decay};
    case Optimizer::lion:
      return Lion{.weight_decay = o.weight_decay};
  }
  fail("[train] there is no such optimizer");
}

Value loss_of(Value outputs, Value labels, const TrainOptions& options, bool mixed) {
  if (labels.spec().type == Type::f32) return mse_loss(outputs, labels, {.name = "loss"});
  const SoftmaxCrossEntropyOptions o{
      .label_smoothing = options.label_smoothing, .class_weights = options.class_weights, .name = "loss"};
  if (!mixed) return softmax_cross_entropy(outputs, labels, o);
  if (!options.class_weights.empty())
    throw OptionError("class_weights", "does not go with samples that are mixed from two", "[train] ");
  Graph& g = *outputs.graph;
  const Value others = g.input(kOtherLabels, labels.spec()), shares = g.input(kLabelShares, {labels.shape()});
  return mixed_cross_entropy(outputs, {labels, others, shares}, o);
}

Value appended_loss(const models::Network& network, const TrainOptions& options, bool mixed, Graph& graph, Value images,
                    Value labels) {
  graph.set_mode(Mode::training);
  const Value loss = loss_of(network(images), labels, options, mixed);
  graph.output("loss", loss);
  return loss;
}

Accumulation accumulation_of(const TrainOptions& options, Graph& graph) {
  if (options.accumulate == 1) return {};
  return {graph.input("gradient_keep", {{1}}), graph.input("gradient_share", {{1}})};
}

void append(const models::Network& network, const TrainOptions& options, bool mixed, Graph& graph, Value images,
            Value labels) {
  const Value loss = appended_loss(network, options, mixed, graph, images, labels);
  const Update update = update_of(options);
  MinimizeOptions o{.clip_norm = options.clip_grad, .rate_factors = options.rate_factors};
  o.learning_rate = graph.input("learning_rate", {{1}});
  if (needs_step(update)) o.step = graph.input("step", {{1}});
  o.accumulated = accumulation_of(options, graph);
  if (options.ema > 0) o.average_keep = graph.input("average_keep", {{1}});
  minimize(loss, update, o);
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
      batches_(batches_of(train, options_)),
      schedule_(schedule_of(options_, steps_per_epoch())),
      loop_(batches_,
            [this](Graph& g, Value images, Value labels) {
              append(network_, options_, batches_.mixes(), g, images, labels);
            },
            store, scheduler, {.name = "train", .trace = options_.trace, .precision = options_.precision}) {
  loop_.set_other([this](Graph& g, Value images, Value labels) {
    accumulate(appended_loss(network_, options_, batches_.mixes(), g, images, labels), accumulation_of(options_, g));
  });
}

void Trainer::build(Graph& graph) const {
  Shape shape = batches_.input_shape();
  shape.insert(shape.begin(), batches_.size_of(0));
  const Value images = graph.input("images", {.shape = shape, .image = shape.size() == 4});
  append(network_, options_, batches_.mixes(), graph, images, graph.input("labels", labels_spec(batches_, shape[0])));
}

std::size_t Trainer::memory_bytes(const models::Network& network, const data::Dataset& train,
                                  const TrainOptions& options) {
  const data::Batches batches = batches_of(train, checked(options));
  const bool mixed = train.mixes();
  const std::size_t bytes = BatchLoop::memory_bytes(
      batches, [&](Graph& g, Value images, Value labels) { append(network, options, mixed, g, images, labels); });
  if (options.accumulate == 1) return bytes;
  return bytes + BatchLoop::memory_bytes(batches, [&](Graph& g, Value images, Value labels) {
           accumulate(appended_loss(network, options, mixed, g, images, labels), accumulation_of(options, g));
         });
}

MemoryReport Trainer::planned_memory(const models::Network& network, const data::Dataset& train,
                                     const TrainOptions& options) {
  return BatchLoop::planned_memory(batches_of(train, checked(options)), [&](Graph& g, Value images, Value labels) {
    append(network, options, train.mixes(), g, images, labels);
  });
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
  r.learning_rate = static_cast<float>(schedule_.at(steps_) * rate_factor_);
  // Batches whose gradients make one update, within an epoch.
  const auto index = static_cast<std::int64_t>(loop_.index()), first = index - index % options_.accumulate;
  const std::int64_t together = std::min(options_.accumulate, steps_per_epoch() - first);
  const bool updates = index + 1 == first + together;
  Flow& flow = updates ? loop_.begin() : loop_.begin_other();
  if (options_.accumulate > 1) {
    flow.input("gradient_keep").as()[0] = index == first ? 0 : 1;
    flow.input("gradient_share").as()[0] = 1 / static_cast<float>(together);
  }
  if (flow.has_input(models::kDropoutStep))
    flow.input(models::kDropoutStep).as<std::int32_t>()[0] = dropout_step(options_.seed, r.step);
  if (!updates) return flow;
  const std::int64_t update = loop_.epoch() * updates_per_epoch() + index / options_.accumulate + 1;
  flow.input("learning_rate").as()[0] = r.learning_rate;
  if (options_.ema > 0) flow.input("average_keep").as()[0] = update == 1 ? 0 : options_.ema;
  if (flow.has_input("step")) flow.input("step").as()[0] = static_cast<float>(update);
  return flow;
}

StepReport Trainer::end_step() {
  StepReport& r = report_;
  r.loss = loop_.running().scalar("loss");
  loop_.end();
  require(std::isfinite(r.loss), "[train] the loss of step ", r.step, " is ", r.loss,
          "; a smaller learning rate may help");
  steps_ = r.step;
  return r;
}

}  // namespace backflow::train
