#include <backflow/runtime/train/training_graph.h>

#include <algorithm>

#include <backflow/graph/error.h>
#include <backflow/ops/mse_loss.h>
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

/// Appends the mean over a batch of what its outputs cost.
BatchLoss batch_loss(Graph& g, Value labels, const TrainOptions& options, bool mixed) {
  if (labels.spec().type == Type::f32)
    return [labels](Value outputs, const std::string& name) { return mse_loss(outputs, labels, {.name = name}); };
  const SoftmaxCrossEntropyOptions usual{.label_smoothing = options.label_smoothing,
                                         .class_weights = options.class_weights};
  const auto named = [usual](const std::string& name) {
    SoftmaxCrossEntropyOptions o = usual;
    o.name = name;
    return o;
  };
  if (!mixed)
    return [labels, named](Value logits, const std::string& name) {
      return softmax_cross_entropy(logits, labels, named(name));
    };
  if (!options.class_weights.empty())
    throw OptionError("class_weights", "does not go with samples that are mixed from two", "[train] ");
  const MixedTargets targets{labels, g.input(kOtherLabels, labels.spec()), g.input(kLabelShares, {labels.shape()})};
  return [targets, named](Value logits, const std::string& name) {
    return mixed_cross_entropy(logits, targets, named(name));
  };
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

RobustStep TrainingGraph::append_loss(Graph& graph, Value images, Value labels) const {
  graph.set_mode(Mode::training);
  RobustStep step;
  if (adversary_) {
    const BatchLoss loss = batch_loss(graph, labels, options_, mixes_);
    step = robust_step(network_, *adversary_, options_, images, full_batch_, loss);
  } else {
    const Value outputs = network_(images);
    step.loss = batch_loss(graph, labels, options_, mixes_)(outputs, "loss");
  }
  graph.output("loss", step.loss);
  return step;
}

void TrainingGraph::append_step(Graph& graph, Value images, Value labels) const {
  const RobustStep step = append_loss(graph, images, labels);
  const Update update = update_of(options_);
  MinimizeOptions o{.clip_norm = options_.clip_grad, .rate_factors = options_.rate_factors};
  o.learning_rate = graph.input(kLearningRate, {{1}});
  if (needs_step(update)) o.step = graph.input(kStep, {{1}});
  o.accumulated = accumulation_of(options_, graph);
  if (options_.ema > 0) o.average_keep = graph.input(kAverageKeep, {{1}});
  if (step.delta) o.also = {step.delta->used};
  const std::vector<Value> gradients = minimize(step.loss, update, o);
  if (step.delta)
    step.delta->update(gradients[0], adversary_->threat(), attack_rate_of(options_, adversary_->threat()));
}

void TrainingGraph::append_accumulation(Graph& graph, Value images, Value labels) const {
  accumulate(append_loss(graph, images, labels).loss, accumulation_of(options_, graph));
}

data::Batches batches_of(const data::Dataset& train, const TrainOptions& o) {
  return {train, o.batch, o.seed, true, o.drop_last};
}

}  // namespace backflow::train
