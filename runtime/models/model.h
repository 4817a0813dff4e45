// A network that classifies images: loaded once, built into as many graphs as are wanted, of any batch and size.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <backflow/graph/graph.h>
#include <backflow/runtime/data/dataset.h>
#include <backflow/runtime/models/input_spec.h>

namespace backflow::models {

/// A value inside a network that an objective can name.
struct Layer {
  std::string name;
  Value value;  // [N, C, H, W] or [N, C]
};

struct Classifier {
  Value logits;               // [N, classes], before any softmax
  std::vector<Layer> layers;  // in the order of computation
};

class Model {
 public:
  virtual ~Model() = default;

  /// What it reads. A size in an ONNX file is that of its export: other sizes can be built where the layers allow it.
  virtual const InputSpec& input() const = 0;
  /// Length of the logits; 0 if only a build can tell.
  virtual std::int64_t classes() const = 0;
  /// The classes' names, where the file's data are known to have some; else empty.
  virtual std::vector<std::string> labels() const { return {}; }
  /// Where it predicts numbers: what its results stand for, result · stddev + mean. Else empty.
  virtual data::Standardization targets() const { return {}; }
  /// Appends the network, in evaluation mode, to the graph of `image`: [N, C, H, W], as input() says. Parameters have
  /// the names of the file; a second build in the same graph shares them. Throws an Error, with the layer's name, where
  /// the image does not fit.
  virtual Classifier build(Value image) const = 0;
};

/// Loads an ONNX file, or a safetensors file, or the index (.index.json) of one that is cut into several: of
/// torchvision's names with the architecture `arch` (vgg13_bn, resnet18, … ), or a model or checkpoint that says its
/// architecture itself: that of `train` (mlp, cnn, allconv) or describe()'s. Which one it is the content says, not the
/// name. Without `arch` it is the file's metadata entry "arch". Throws an Error that names the file, and all its
/// parameters that are missing, unexpected or of another shape.
std::unique_ptr<Model> load_model(const std::filesystem::path& path, const std::string& arch = "");
/// What `arch` can be.
std::vector<std::string> architectures();

/// The parameter, state or constant `name` of the graph, made if it is not there yet.
Value shared_leaf(Graph& graph, Leaf leaf, const std::string& name, const Spec& spec, const Initializer& initial);

}  // namespace backflow::models
