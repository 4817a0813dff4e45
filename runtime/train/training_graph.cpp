#include <backflow/runtime/train/training_graph.h>

#include <algorithm>

#include <backflow/graph/error.h>
#include <backflow/ops/mse_loss.h>
#include <backflow/ops/scale.h>
#include <backflow/ops/softmax_cross_entropy.h>
#include <backflow/runtime/train/batch_loop.h>
#include <backflow/runtime/train/minimize.h>
#include <backflow/runtime/train/mixed_loss.h>

namespace backflow::train {
namespace {

TrainOptions checked(const TrainOptions& options) {
  check(options);
  return options;
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

/// What the samples of a batch should give; others and shares where they are mixed.
MixedTargets targets_of(Graph& g, Value labels, const TrainOptions& options, bool mixed) {
  if (!mixed || labels.spec().type == Type::f32) return {labels, {}, {}};
  if (!options.class_weights.empty())
    throw OptionError("class_weights", "does not go with samples that are mixed from two", "[train] ");
  return {labels, g.input(kOtherLabels, labels.spec()), g.input(kLabelShares, {labels.shape()})};
}

/// Appends the mean over a batch of what its outputs cost; with class weights, `total_weight` may be a larger batch's.
BatchLoss batch_loss(const MixedTargets& targets, const TrainOptions& options, Value total_weight = {}) {
  const Value labels = targets.labels;
  if (labels.spec().type == Type::f32)
    return [labels](Value outputs, const std::string& name) { return mse_loss(outputs, labels, {.name = name}); };
  const SoftmaxCrossEntropyOptions usual{
      .label_smoothing = options.label_smoothing, .class_weights = options.class_weights, .total_weight = total_weight};
  const auto named = [usual](const std::string& name) {
    SoftmaxCrossEntropyOptions o = usual;
    o.name = name;
    return o;
  };
  if (!targets.others)
    return [labels, named](Value logits, const std::string& name) {
      return softmax_cross_entropy(logits, labels, named(name));
    };
  return [targets, named](Value logits, const std::string& name) {
    return mixed_cross_entropy(logits, targets, named(name));
  };
}

/// The same of each shard, added up.
Value sharded_loss(Shards& shards, const MixedTargets& targets, const TrainOptions& options,
                   const std::vector<Value>& outputs) {
  std::vector<MixedTargets> of_shard(shards.count());
  for (Value MixedTargets::*member : {&MixedTargets::labels, &MixedTargets::others, &MixedTargets::shares}) {
    if (!(targets.*member)) continue;
    const std::vector<Value> parts = shards.cut(targets.*member);
    for (std::size_t s = 0; s < parts.size(); ++s) of_shard[s].*member = parts[s];
  }
  Value weight;
  if (!options.class_weights.empty() && targets.labels.spec().type == Type::s32)
    weight =
        shards.sum(shards.each([&](std::size_t s) { return label_weight(of_shard[s].labels, options.class_weights); }));
  const auto samples = static_cast<float>(targets.labels.shape()[0]);
  const std::vector<Value> losses = shards.each([&](std::size_t s) {
    const Value loss = batch_loss(of_shard[s], options, weight)(outputs[s], shard_name(s, "loss"));
    return weight ? loss : scale(loss, static_cast<float>(shards.length(s)) / samples);
  });
  return shards.sum(losses, "loss");
}

Accumulation accumulation_of(const TrainOptions& options, Graph& graph) {
  if (options.accumulate == 1) return {};
  return {graph.input(kGradientKeep, {{1}}), graph.input(kGradientShare, {{1}})};
}

}  // namespace

TrainingGraph::TrainingGraph(const models::Network& network, const data::Dataset& train, const TrainOptions& options)
    : network_(network),
      options_(checked(options)),
      mixes_(train.mixes()),
      full_batch_(batches_of(train, options).size_of(0)) {
  if (is_robust(options)) adversary_.emplace(attack::parse_threat(options.robust, "robust"), train);
}

TrainingGraph::Loss TrainingGraph::append_loss(Graph& graph, Value images, Value labels) const {
  graph.set_mode(Mode::training);
  Loss result;
  auto shards = std::make_shared<Shards>(graph, images.shape()[0], options_.shards);
  if (adversary_) {
    const BatchLoss loss = batch_loss(targets_of(graph, labels, options_, mixes_), options_);
    result.step = robust_step(network_, *adversary_, options_, images, full_batch_, loss);
  } else if (shards->count() == 1) {
    const Value outputs = network_(images);
    result.step.loss = batch_loss(targets_of(graph, labels, options_, mixes_), options_)(outputs, "loss");
  } else {
    result.shards = shards;
    const std::vector<Value> outputs = shards->network(network_, images.spec(), shards->cut(images));
    result.step.loss = sharded_loss(*shards, targets_of(graph, labels, options_, mixes_), options_, outputs);
  }
  graph.output("loss", result.step.loss);
  return result;
}

void TrainingGraph::append_step(Graph& graph, Value images, Value labels) const {
  const Loss loss = append_loss(graph, images, labels);
  const RobustStep& step = loss.step;
  const Update update = update_of(options_);
  MinimizeOptions o{.clip_norm = options_.clip_grad, .rate_factors = options_.rate_factors};
  o.learning_rate = graph.input(kLearningRate, {{1}});
  if (needs_step(update)) o.step = graph.input(kStep, {{1}});
  o.accumulated = accumulation_of(options_, graph);
  o.sum = loss.sum();
  if (options_.ema > 0) o.average_keep = graph.input(kAverageKeep, {{1}});
  if (step.delta) o.also = {step.delta->used};
  const std::vector<Value> gradients = minimize(step.loss, update, o);
  if (step.delta)
    step.delta->update(gradients[0], adversary_->threat(), attack_rate_of(options_, adversary_->threat()));
}

void TrainingGraph::append_accumulation(Graph& graph, Value images, Value labels) const {
  const Loss loss = append_loss(graph, images, labels);
  accumulate(loss.step.loss, accumulation_of(options_, graph), loss.sum());
}

data::Batches batches_of(const data::Dataset& train, const TrainOptions& o) {
  return {train, o.batch, o.seed, true, o.drop_last};
}

}  // namespace backflow::train
