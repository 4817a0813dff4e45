#include <backflow/runtime/explain/network_flows.h>

#include <algorithm>

#include <backflow/graph/error.h>
#include <backflow/graph/gradient_rule.h>
#include <backflow/ops/add.h>
#include <backflow/ops/broadcast_to.h>
#include <backflow/ops/gaussian_noise.h>
#include <backflow/ops/multiply.h>
#include <backflow/ops/reduce_mean.h>
#include <backflow/ops/reduce_sum.h>
#include <backflow/ops/relu.h>
#include <backflow/ops/sample_dot.h>
#include <backflow/ops/softmax.h>
#include <backflow/ops/subtract.h>
#include <backflow/runtime/files/suggestions.h>

namespace backflow::explain {
namespace {

bool is_rectifier(const Node& node) { return node.op && node.op->traits().rectifier; }

/// Whether grad-cam can look at it: a layer of one image with more than one place.
bool has_places(const Value& v) {
  return v.spec().image && v.shape().size() == 4 && v.shape()[0] == 1 && v.shape()[2] * v.shape()[3] > 1;
}

Value repeated(Value x, std::int64_t batch) {
  Shape shape = x.shape();
  shape[0] = batch;
  return broadcast_to(x, shape);
}

/// Σ over the batch of the gradients at `points`.
Value total_gradient(const models::Model& model, Value points) {
  Graph& g = *points.graph;
  g.mark_image(points);
  const Value logits = model.build(points).logits;
  const Value seed = g.input("seed", logits.spec());
  return reduce_sum(gradient({logits}, {points}, {seed})[0], {.axes = {0}});
}

/// ReLU(Σ_k α_k A_k), α_k the mean over the places of channel k of the gradient.
Value class_activation_map(Value activation, Value gradient) {
  const Value alpha = reduce_mean(gradient, {.axes = {2, 3}, .keep = true});
  return relu(reduce_sum(multiply(activation, alpha), {.axes = {1}}));
}

Value layer_called(const models::Classifier& network, const std::string& name) {
  std::vector<std::string> known;
  for (const models::Layer& layer : network.layers) {
    if (layer.name != name) {
      if (has_places(layer.value)) known.push_back(layer.name);
      continue;
    }
    require(has_places(layer.value), "[explain] layer '", printable(name), "' has shape ",
            to_string(layer.value.shape()), ": grad-cam needs one with places, [1, C, h, w]");
    return layer.value;
  }
  fail("[explain] ", files::no_such("layer", name, known));
}

}  // namespace

NetworkFlows::NetworkFlows(const models::Model& model, Scheduler& scheduler, std::int64_t batch)
    : model_(model), scheduler_(scheduler), batch_(batch) {
  require(model.targets().mean.empty(), "[explain] the network predicts a number, it knows no classes to explain");
  const models::InputSpec& in = model.input();
  image_ = {1, in.channels, picture_height(in), picture_width(in)};
  store_.freeze();
  look();
  if (!takes(batch_)) batch_ = 1;
}

bool NetworkFlows::takes(std::int64_t batch) const {
  Graph g;
  Shape copies = image_;
  copies[0] = batch;
  try {
    return model_.build(g.input("image", {.shape = copies, .image = true})).logits.shape() == Shape{batch, classes_};
  } catch (const Error&) {
    return false;
  }
}

/// What there is, without compiling anything.
void NetworkFlows::look() {
  Graph g;
  const Value image = g.input("image", {.shape = image_, .image = true});
  const models::Classifier built = model_.build(image);
  require(static_cast<bool>(built.logits) && built.logits.shape().size() == 2,
          "[explain] the network has no logits [N, classes]");
  classes_ = built.logits.shape()[1];
  for (std::size_t n = 0; n < g.size(); ++n) has_rectifier_ = has_rectifier_ || is_rectifier(g.node(n));
  for (const models::Layer& layer : built.layers) {
    if (!has_places(layer.value) || places_.contains(layer.name)) continue;
    layers_.push_back(layer.name);
    places_[layer.name] = {layer.value.shape()[2], layer.value.shape()[3]};
  }
  try {
    backflow::gradient(built.logits, image);
  } catch (const Error& e) {
    no_gradient_ = e.what();
  }
}

std::unique_ptr<Flow> NetworkFlows::compiled(const Graph& graph, const std::string& name) {
  return std::make_unique<Flow>(graph, store_, scheduler_, FlowOptions{.name = "explain " + name});
}

Flow& NetworkFlows::forward() {
  if (forward_) return *forward_;
  Graph g;
  const Value logits = model_.build(g.input("image", {.shape = image_, .image = true})).logits;
  g.output("logits", logits);
  g.output("probabilities", softmax(logits));
  forward_ = compiled(g, "forward");
  return *forward_;
}

Flow& NetworkFlows::gradient() {
  if (gradient_) return *gradient_;
  Graph g;
  const Value image = g.input("image", {.shape = image_, .image = true}), logits = model_.build(image).logits;
  g.output("gradient", backflow::gradient({logits}, {image}, {g.input("seed", logits.spec())})[0]);
  gradient_ = compiled(g, "gradient");
  return *gradient_;
}

Flow& NetworkFlows::guided() {
  if (guided_) return *guided_;
  const GradientRule rule = [](const Node& node, Value v) { return is_rectifier(node) ? relu(v) : v; };
  Graph g;
  const Value image = g.input("image", {.shape = image_, .image = true}), logits = model_.build(image).logits;
  g.output("gradient", backflow::gradient({logits}, {image}, {g.input("seed", logits.spec())}, rule)[0]);
  guided_ = compiled(g, "guided");
  return *guided_;
}

Flow& NetworkFlows::path() {
  if (path_) return *path_;
  Graph g;
  const Value image = g.input("image", {.shape = image_, .image = true});
  const Value baseline = g.input("baseline", {.shape = image_, .image = true});
  const Value way = repeated(subtract(image, baseline), batch_);
  g.output("total", total_gradient(model_, add(scale_samples(way, g.input("share", {{batch_}})), baseline)));
  path_ = compiled(g, "path");
  return *path_;
}

Flow& NetworkFlows::noisy() {
  if (noisy_) return *noisy_;
  Graph g;
  const Value copies = repeated(g.input("image", {.shape = image_, .image = true}), batch_);
  const Value keys = g.input("keys", {{batch_, 4}, Type::s32}), stddev = g.input("stddev", {{1}});
  g.output("total", total_gradient(model_, gaussian_noise(copies, keys, stddev)));
  noisy_ = compiled(g, "noisy");
  return *noisy_;
}

Flow& NetworkFlows::masked() {
  if (masked_) return *masked_;
  Graph g;
  const Value image = g.input("image", {.shape = image_, .image = true});
  const Value baseline = g.input("baseline", {.shape = image_, .image = true});
  const Value mask = g.input("mask", {.shape = {batch_, 1, image_[2], image_[3]}, .image = true});
  const Value seen = add(multiply(mask, subtract(image, baseline)), baseline);
  g.mark_image(seen);
  const Value logits = model_.build(seen).logits;
  g.output("logits", logits);
  g.output("probabilities", softmax(logits));
  masked_ = compiled(g, "masked");
  return *masked_;
}

Flow& NetworkFlows::cams(const std::vector<std::string>& layers) {
  std::unique_ptr<Flow>& flow = cams_[layers];
  if (flow) return *flow;
  Graph g;
  const models::Classifier built = model_.build(g.input("image", {.shape = image_, .image = true}));
  std::vector<Value> values;
  for (const std::string& name : layers) values.push_back(layer_called(built, name));
  const auto gradients = backflow::gradient({built.logits}, values, {g.input("seed", built.logits.spec())});
  for (std::size_t i = 0; i < layers.size(); ++i)
    g.output(str_cat("cam", i), class_activation_map(values[i], gradients[i]));
  flow = compiled(g, "grad-cam");
  return *flow;
}

}  // namespace backflow::explain
