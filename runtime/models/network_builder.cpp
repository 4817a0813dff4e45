#include <backflow/runtime/models/network_builder.h>

#include <backflow/graph/error.h>
#include <backflow/ops/batch_norm.h>
#include <backflow/ops/dropout.h>
#include <backflow/ops/relu.h>

namespace backflow::models {

NetworkBuilder::NetworkBuilder(Graph& graph, MakeLeaf make_leaf) : make_leaf_(std::move(make_leaf)) {
  if (!make_leaf_)
    make_leaf_ = [&graph](Leaf leaf, const std::string& name, const Spec& spec, const Initializer& initial) {
      return shared_leaf(graph, leaf, name, spec, initial);
    };
}

Value NetworkBuilder::keep(const std::string& name, Value value) {
  layers_.push_back({name, value});
  return value;
}

Value NetworkBuilder::conv2d(Value x, const Conv2dOptions& o) {
  require(x.shape().size() == 4, "[conv2d] input of '", o.name, "' needs shape [N, C, H, W], got ",
          to_string(x.shape()));
  const Shape shape{o.out, x.shape()[1] / o.groups, o.kernel.h, o.kernel.w};
  const Initializer standard = fan_in_uniform(elements(shape) / o.out);
  const Value w = make_leaf_(Leaf::parameter, o.name + ".weight", {shape}, o.weight.value_or(standard));
  const Value b =
      o.bias ? make_leaf_(Leaf::parameter, o.name + ".bias", {{o.out}}, o.bias_values.value_or(standard)) : Value{};
  return keep(o.name, backflow::conv2d(x, w, b, o));
}

Value NetworkBuilder::normalized_conv2d(Value x, Conv2dOptions o) {
  const std::string name = o.name;
  o.padding = {o.kernel.h / 2, o.kernel.w / 2, o.kernel.h / 2, o.kernel.w / 2};
  o.bias = false;
  o.name = name + ".0";
  return batch_norm(conv2d(x, o), name + ".1");
}

Value NetworkBuilder::linear(Value x, const LinearOptions& o) {
  require(x.shape().size() == 2, "[linear] input of '", o.name, "' needs shape [N, in], got ", to_string(x.shape()));
  const std::int64_t in = x.shape()[1];
  const Initializer standard = fan_in_uniform(in);
  const Value w = make_leaf_(Leaf::parameter, o.name + ".weight", {{o.out, in}}, o.weight.value_or(standard));
  const Value b =
      o.bias ? make_leaf_(Leaf::parameter, o.name + ".bias", {{o.out}}, o.bias_values.value_or(standard)) : Value{};
  return keep(o.name, backflow::linear(x, w, b, o.name));
}

Value NetworkBuilder::batch_norm(Value x, const std::string& name) {
  const Spec spec{{x.shape().at(1)}};
  const BatchNormValues values{make_leaf_(Leaf::parameter, name + ".weight", spec, filled(1)),
                               make_leaf_(Leaf::parameter, name + ".bias", spec, zeros()),
                               make_leaf_(Leaf::state, name + ".running_mean", spec, zeros()),
                               make_leaf_(Leaf::state, name + ".running_var", spec, filled(1))};
  return keep(name, backflow::batch_norm(x, values, {.name = name}));
}

Value NetworkBuilder::max_pool2d(Value x, const MaxPool2dOptions& o) {
  return keep(o.name, backflow::max_pool2d(x, o));
}

Value NetworkBuilder::relu(Value x, const std::string& name) { return keep(name, backflow::relu(x, name)); }

Value NetworkBuilder::dropout(Value x, float p, const std::string& name) {
  Graph& g = *x.graph;
  if (g.mode() != Mode::training) return marks_dropout_ ? dropout_mark(x, p, name) : x;
  if (p == 0) return x;
  Value step = g.find_leaf(kDropoutStep);
  if (!step) step = g.input(kDropoutStep, {{1}, Type::s32});
  return backflow::dropout(x, step, {.p = p, .name = name});
}

Value Architecture::operator()(Value images) const {
  NetworkBuilder builder(*images.graph);
  return build(builder, images);
}

}  // namespace backflow::models
