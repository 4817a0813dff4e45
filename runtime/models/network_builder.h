// How the networks of this folder make their layers: parameters under fixed names, new ones or those of a file, and a
// list of the layers.
#pragma once

#include <functional>

#include <backflow/ops/average_pool2d.h>
#include <backflow/ops/conv2d.h>
#include <backflow/ops/linear.h>
#include <backflow/ops/max_pool2d.h>
#include <backflow/runtime/models/model.h>

namespace backflow::models {

/// Of a training graph with dropout: [1] s32, another number for each step. A Trainer writes it.
inline constexpr const char* kDropoutStep = "dropout_step";

class NetworkBuilder {
 public:
  /// Makes a parameter or a running average; `initial` is for a network that has not been trained.
  using MakeLeaf =
      std::function<Value(Leaf leaf, const std::string& name, const Spec& spec, const Initializer& initial)>;

  /// Without `make_leaf` parameters are new, or those of this name that the graph has already.
  explicit NetworkBuilder(Graph& graph, MakeLeaf make_leaf = {});

  /// Each is the op of its name and a layer called `o.name` or `name`; parameters are called `name`.weight and so on.
  Value conv2d(Value x, const Conv2dOptions& o);
  /// A convolution `o.name`.0 that keeps the size but for its stride, without a bias, and a batch_norm `o.name`.1.
  Value normalized_conv2d(Value x, Conv2dOptions o);
  Value linear(Value x, const LinearOptions& o);
  Value batch_norm(Value x, const std::string& name);
  Value max_pool2d(Value x, const MaxPool2dOptions& o);
  Value relu(Value x, const std::string& name);
  /// In training backflow::dropout, whose step is the graph's input kDropoutStep, otherwise x; no layer.
  Value dropout(Value x, float p, const std::string& name);
  /// A parameter or state, as `make_leaf` makes it.
  Value leaf(Leaf leaf, const std::string& name, const Spec& spec, const Initializer& initial) {
    return make_leaf_(leaf, name, spec, initial);
  }
  /// `value` as a layer called `name`.
  Value keep(const std::string& name, Value value);

  const std::vector<Layer>& layers() const { return layers_; }

  /// From now on dropout() leaves a dropout_mark in graphs that do not train.
  void mark_dropout() { marks_dropout_ = true; }

 private:
  MakeLeaf make_leaf_;
  std::vector<Layer> layers_;
  bool marks_dropout_ = false;
};

/// A network as a function; the result is the logits. Called on images alone it is a network that has yet to be
/// trained, which is what a Network is.
struct Architecture {
  std::function<Value(NetworkBuilder& builder, Value images)> build;

  Value operator()(Value images) const;
};

}  // namespace backflow::models
