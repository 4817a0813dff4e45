#include <backflow/runtime/dream/objective/objective_graph.h>

#include <algorithm>
#include <cmath>

#include <backflow/graph/error.h>
#include <backflow/ops/add.h>
#include <backflow/ops/broadcast_to.h>
#include <backflow/ops/concat.h>
#include <backflow/ops/cosine.h>
#include <backflow/ops/gram.h>
#include <backflow/ops/guided_match.h>
#include <backflow/ops/multiply.h>
#include <backflow/ops/reduce_mean.h>
#include <backflow/ops/reshape.h>
#include <backflow/ops/sample_dot.h>
#include <backflow/ops/scale.h>
#include <backflow/ops/slice.h>
#include <backflow/ops/subtract.h>

namespace backflow::dream {
namespace {

using Kind = ObjectiveTerm::Kind;

bool is_relu(const Value& v) {
  const auto& op = v.graph->node(v).op;
  return op && op->traits().rectifier;
}

/// What the ReLU of a layer reads; empty if the layer is none. A concatenation of ReLUs is one.
Value relu_override(const Value& v) {
  const Node& node = v.graph->node(v);
  if (is_relu(v)) return node.in[0];
  if (!node.op || !node.op->traits().concatenates || !std::all_of(node.in.begin(), node.in.end(), is_relu)) return {};
  const auto parts = node.in;
  std::vector<Value> below;
  for (const Value& part : parts) below.push_back(v.graph->node(part).in[0]);
  return concat(below, ConcatOptions{});
}

/// Σ over all but the samples, times `factor`.
Value inner(Value a, Value b, double factor) { return scale(sample_dot(a, b), static_cast<float>(factor)); }

Value mean_square(Value a) {
  return inner(a, a, static_cast<double>(a.shape()[0]) / static_cast<double>(elements(a.shape())));
}

/// [M, C, …] → the mean over all places, [M, C].
Value mean_of_places(Value a) { return a.spec().image ? reduce_mean(a, {.axes = {2, 3}}) : a; }

Value mean_of_sample(Value a) {
  if (a.spec().image) return reduce_mean(a, {.axes = {1, 2, 3}});
  return reduce_mean(a, {.axes = {1}});
}

Value channel(Value a, std::int64_t index) { return slice(a, {.axis = 1, .begin = index, .length = 1}); }

/// A place that was given for the full image, or the middle.
Value neuron(const ObjectiveTerm& t, Value a, double shrunk) {
  const Shape& s = a.shape();
  if (s.size() == 2) return channel(a, t.index);
  auto place = [&](std::int64_t given, std::int64_t length) {
    if (given < 0) return length / 2;
    return std::min(length - 1, static_cast<std::int64_t>(static_cast<double>(given) * shrunk));
  };
  return slice(a, {0, t.index, place(t.row, s[2]), place(t.column, s[3])}, {s[0], 1, 1, 1});
}

Value direction(const ObjectiveTerm& t, Value a) {
  std::vector<float> v(static_cast<std::size_t>(a.shape()[1]));
  for (const auto& [index, share] : t.direction) v[static_cast<std::size_t>(index)] += static_cast<float>(share);
  const Value shares = a.graph->constant("direction", {{1, a.shape()[1]}}, from_values(std::move(v)));
  return broadcast_to(shares, {a.shape()[0], a.shape()[1]});
}

/// Terms that are linear in a layer, or nearly: below a ReLU they point the same way.
Value of_layer(const ObjectiveTerm& t, Value a, double shrunk) {
  if (t.kind == Kind::channel) return mean_of_sample(channel(a, t.index));
  if (t.kind == Kind::neuron) return mean_of_sample(neuron(t, a, shrunk));
  const Value mean = mean_of_places(a), shares = direction(t, mean);
  return t.kind == Kind::direction ? sample_dot(mean, shares) : cosine(mean, shares);
}

std::string guide_name(const ObjectiveTerm& t, std::size_t index, const std::string& prefix) {
  return str_cat(prefix, "guide", index, "/", t.name);
}

Value guide_input(Value a, Shape shape, const std::string& name) {
  const Value g = a.graph->input(name, {shape});
  shape[0] = a.shape()[0];
  return broadcast_to(g, shape);
}

Value distance(Value a, Value b) { return scale(mean_square(subtract(a, b)), -1); }

/// Minus the mean cosine of the Gram matrices of different images that the same view shows.
Value diversity(Value a, std::int64_t views) {
  const std::int64_t samples = a.shape()[0], images = samples / views;
  require(images > 1, "[dream] diversity compares images: it needs at least two variants, got ", images);
  const Value g = gram(a);
  Value total;
  for (std::int64_t by = 1; by < images; ++by) {
    const Value head = slice(g, {.axis = 0, .begin = 0, .length = by * views});
    const Value tail = slice(g, {.axis = 0, .begin = by * views, .length = samples - by * views});
    const Value likeness = cosine(g, concat({tail, head}, ConcatOptions{.axis = 0}));
    total = total ? add(total, likeness) : likeness;
  }
  return scale(total, -1 / static_cast<float>(images - 1));
}

Value of_guide(const ObjectiveTerm& t, Value a, const std::string& name) {
  Shape one = a.shape();
  one[0] = 1;
  switch (t.kind) {
    case Kind::guide:
      return guided_match(a, a.graph->input(name, {{one[2] * one[3], one[1]}}));
    case Kind::caricature:
      return inner(a, guide_input(a, one, name), 1 / static_cast<double>(elements(one)));
    case Kind::invert:
      return distance(a, guide_input(a, one, name));
    default:
      return distance(gram(a), guide_input(gram(a), {1, one[1], one[1]}, name));
  }
}

bool needs_guide(Kind kind) {
  return kind == Kind::guide || kind == Kind::caricature || kind == Kind::invert || kind == Kind::style;
}

TermValue term(const ObjectiveTerm& t, std::size_t index, const models::Classifier& network,
               const ObjectiveContext& c) {
  if (t.kind == Kind::class_logit) {
    const Value logit = mean_of_sample(channel(network.logits, t.index));
    return {logit, logit, t.weight};
  }
  const Value a = layer_of(network, t.name);
  if (t.kind == Kind::layer) return {mean_square(a), mean_square(a), t.weight};
  if (t.kind == Kind::diversity || needs_guide(t.kind)) {
    const Value v = t.kind == Kind::diversity ? diversity(a, c.views) : of_guide(t, a, guide_name(t, index, c.prefix));
    return {v, v, t.weight};
  }
  const Value seen = of_layer(t, a, c.shrunk), below = c.relu_override ? relu_override(a) : Value{};
  if (!below) return {seen, seen, t.weight};
  return {seen, add(seen, multiply(subtract(of_layer(t, below, c.shrunk), seen), c.relu_override)), t.weight};
}

}  // namespace

Value layer_of(const models::Classifier& network, const std::string& name) {
  for (const models::Layer& l : network.layers)
    if (l.name == name) return l.value;
  fail("[dream] there is no layer '", name, "'");
}

std::vector<TermValue> append_terms(const Objective& objective, const models::Classifier& network,
                                    const ObjectiveContext& c) {
  std::vector<TermValue> result;
  for (std::size_t i = 0; i < objective.terms.size(); ++i) result.push_back(term(objective.terms[i], i, network, c));
  return result;
}

std::vector<GuideValue> guide_values(const Objective& objective, const models::Classifier& network,
                                     const std::string& prefix) {
  std::vector<GuideValue> result;
  for (std::size_t i = 0; i < objective.terms.size(); ++i) {
    const ObjectiveTerm& t = objective.terms[i];
    if (!needs_guide(t.kind)) continue;
    const Value a = layer_of(network, t.name);
    result.push_back({guide_name(t, i, prefix), t.kind == Kind::style ? gram(a) : a});
  }
  return result;
}

void copy_guide(const std::vector<std::string>& names, const Flow& guide, Flow& step) {
  for (const std::string& name : names) {
    const auto from = guide.output(name);
    Tensor& to = step.input(name);
    require(to.as().size() == from.size(), "[dream] guide value '", name, "' has ", from.size(), " numbers, expected ",
            to.as().size());
    const Shape& s = to.shape();
    if (s.size() != 2) {  // but for guide, whose places are rows
      std::copy(from.begin(), from.end(), to.as().begin());
      continue;
    }
    // A flat layer is one place.
    const auto places = static_cast<std::size_t>(s[0]), channels = static_cast<std::size_t>(s[1]);
    for (std::size_t p = 0; p < places; ++p)
      for (std::size_t k = 0; k < channels; ++k) to.as()[p * channels + k] = from[k * places + p];
  }
}

}  // namespace backflow::dream
