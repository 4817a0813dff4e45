// A trained network that is trained further: a last layer for other classes, layers that stay as they are, a learning
// rate for each layer.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <backflow/runtime/data/dataset.h>
#include <backflow/runtime/flow/store.h>
#include <backflow/runtime/models/model.h>
#include <backflow/runtime/models/networks.h>

namespace backflow::models {

/// Where training begins.
struct Pretrained {
  std::string description;                    // of the network, with the wanted number of classes: see description.h
  InputSpec input;                            // what it reads, of a fixed size
  std::map<std::string, Initializer> values;  // of each parameter and state
  std::string head;                           // the last layer with weights
  std::int64_t former_classes = 0;            // of that layer in the file
  std::int64_t classes = 0;                   // another number: the head is drawn anew

  bool has_new_head() const { return former_classes != classes; }
  /// Writes all values; a new head is drawn with the store's seed.
  void assign_to(Store& store) const;
  /// For save_weights() and save_checkpoint(): load_model() reads the file.
  std::map<std::string, std::string> metadata() const;
};

/// The network of `model` for so many classes, on images of this size; 0: the model's, or 224. Throws an Error if the
/// network cannot be described or does not end with a linear layer or a 1×1 convolution.
Pretrained pretrained(const Model& model, std::int64_t classes, std::int64_t height = 0, std::int64_t width = 0);

/// Layers are given by their names, with * and ? for any letters, and mean those inside them too: layer1 is
/// layer1.0.conv1 and so on. "to:layer3" is layer3 with everything before it, "backbone" all layers but the last one
/// with weights.
struct FineTuningOptions {
  std::vector<std::string> freeze = {};                         // layers that are not trained
  float head_rate = 1;                                          // factors of the learning rate: of the last layer,
  std::vector<std::pair<std::string, float>> layer_rates = {};  // of others; the last one that fits counts
};

/// Adds what a description needs to `store` where it is not there yet, as zeros: what a file of weights is held
/// against.
void add_leaves(const std::string& description, Store& store);

class FineTuning {
 public:
  /// Throws an OptionError if a layer is not there or nothing is left to train.
  explicit FineTuning(const std::string& description, const FineTuningOptions& options = {});
  ~FineTuning();
  FineTuning(FineTuning&&) noexcept;
  FineTuning& operator=(FineTuning&&) noexcept;

  /// Images as the network reads them → logits. Frozen parameters are states of the graph: they get no gradients and no
  /// updates, and their batch normalisation keeps its statistics.
  Architecture network() const;
  /// For TrainOptions::rate_factors.
  const std::map<std::string, float>& rate_factors() const { return rates_; }
  /// Names of parameters and states that do not change.
  const std::set<std::string>& frozen() const { return frozen_; }
  std::int64_t trained_parameters() const;  // numbers, not tensors

  /// The network in two: what is computed of frozen parameters alone, and what reads it. Throws an Error, with the
  /// reason, if nothing is or if more than one value leads from the one to the other.
  Architecture features() const;
  Architecture behind_features() const;
  /// Of the features of images [1, C, H, W] of this shape.
  Shape features_of(const InputSpec& input) const;

 private:
  struct Nodes;
  std::size_t border() const;

  std::unique_ptr<Nodes> nodes_;
  std::set<std::string> frozen_;
  std::map<std::string, float> rates_;
};

/// `network`, which reads images as `input` says, on those of `data`: grey becomes three equal channels and colours
/// grey, another size is resized (bilinear, without aliasing), mean and deviation are the network's.
Network on_images_of(const data::Dataset& data, Architecture network, const InputSpec& input);
/// The same of a model as it is; one that reads any size gets the size of the data's images. `model` must outlive the
/// function.
Network on_images_of(const data::Dataset& data, const Model& model);
/// What that does: "1 × 28 × 28 to 3 × 224 × 224"; empty if the images have the size and channels already.
std::string conversion_of(const data::Dataset& data, const InputSpec& input);

}  // namespace backflow::models
