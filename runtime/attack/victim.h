// A network under attack: pixels in 0 … 1 go in; logits, and gradients by the pixels, come out.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <backflow/graph/enum_names.h>
#include <backflow/runtime/flow/flow.h>
#include <backflow/runtime/models/model.h>
#include <backflow/runtime/models/networks.h>

namespace backflow::attack {

/// What an attack increases, for each sample with class y and logits z.
enum class Loss : std::uint8_t {
  cross_entropy,  // −log softmax(z)_y
  margin          // max_{j ≠ y} z_j − z_y, above 0 where the network is wrong (Carlini and Wagner 2017)
};

/// `model` on pixels [N, C, H, W] in 0 … 1 of images [C, H, W] of this shape, which are standardised, resized and
/// turned to grey or colour as it reads them. Throws an Error if they cannot be. `model` must outlive the function.
models::Network on_pixels(const models::Model& model, const Shape& image);

/// Samples in a batch where nobody says otherwise: a power of two, and a pure function of the image's shape [C, H, W].
std::int64_t usual_batch(const Shape& image);

/// The class with the largest logit, the first of equal ones.
std::int32_t predicted_class(std::span<const float> logits);

/// max_{j ≠ label} z_j − z_label of logits z.
float margin_of(std::span<const float> logits, std::int32_t label);

class Victim {
 public:
  /// `network` makes logits [N, classes] of pixels [N, C, H, W] in 0 … 1; its parameters are those of `store`, made
  /// there if they are missing; a frozen store is faster. `batch` samples go through it at once; 0: usual_batch().
  /// `store` and `workers` must outlive it. Throws an Error if the network makes no logits of at least 2 classes.
  Victim(models::Network network, Shape image, Store& store, Workers& workers, std::int64_t batch = 0);

  std::int64_t batch() const { return batch_; }
  std::int64_t classes() const { return classes_; }
  const Shape& image() const { return image_; }
  /// Numbers in an image.
  std::size_t length() const { return length_; }
  Workers& workers() const { return workers_; }

  /// What the next call sees, [batch, C, H, W].
  std::span<float> pixels() { return pixels_.as(); }
  /// Sets the classes of the first labels.size() samples. Throws an Error if the network has no such class.
  void set_labels(std::span<const std::int32_t> labels);

  /// [batch, classes]. All results are good until the next call.
  std::span<const float> logits();
  /// The same of pixels + N(0, sigma²), not cut to 0 … 1; `keys` are those of ops/gaussian_noise.h, [batch, 4].
  std::span<const float> noisy_logits(std::span<const std::int32_t> keys, float sigma);
  struct Gradient {
    std::span<const float> logits;     // [batch, classes]
    std::span<const float> by_pixels;  // [batch, C, H, W]: of each sample's own loss
  };
  Gradient gradient(Loss loss);
  struct Directions {
    std::span<const float> logits;
    std::vector<std::span<const float>> by_pixels;  // of Σ_j directions[k][n, j] z_j, each [batch, C, H, W]
  };
  /// Gradients of several combinations of logits at once; `directions` are [batch, classes] each.
  Directions gradients(std::span<const std::vector<float>> directions);

 private:
  using Append = std::function<void(Graph& graph, Value pixels, Value logits)>;
  /// The flow of this name: the network and what `append` adds to it, compiled when it is first asked for.
  Flow& flow(const std::string& name, const Append& append);
  Flow& compiled(const std::string& name, const Graph& graph);
  Value add_pixels(Graph& graph) const;
  /// Runs it; checks the logits.
  std::span<const float> run(Flow& flow) const;

  models::Network network_;
  Shape image_;
  Store& store_;
  Workers& workers_;
  std::int64_t batch_, classes_ = 0;
  std::size_t length_;
  Tensor pixels_, labels_, own_;  // own_: [batch, classes], 1 for a sample's class
  std::map<std::string, Flow> flows_;
};

}  // namespace backflow::attack
