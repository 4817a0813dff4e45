// What a model sees in images.
#pragma once

#include <backflow/runtime/flow/flow.h>
#include <backflow/runtime/image/image.h>
#include <backflow/runtime/models/model.h>
#include <backflow/runtime/scheduler/scheduler.h>

namespace backflow::models {

struct ClassProbability {
  std::int64_t index = 0;  // of the class
  float probability = 0;
};

class Predictor {
 public:
  /// Images are fitted to the size that `model` reads. `scheduler` must outlive the predictor.
  Predictor(const Model& model, Scheduler& scheduler);

  std::int64_t classes() const { return classes_; }
  /// The `most` most probable classes of an image of any size, the first of equal ones first. Throws an Error if the
  /// logits are not finite.
  std::vector<ClassProbability> top(const image::Image& picture, std::int64_t most = 5);
  /// Whether it predicts numbers in place of classes.
  bool predicts_numbers() const { return !targets_.mean.empty(); }
  /// Those, in the units of the training data, [classes]. Throws an Error if they are not finite.
  std::vector<double> numbers(const image::Image& picture);
  /// The softmax of the logits, [classes].
  std::span<const float> probabilities(const image::Image& picture);

 private:
  /// Computes what the network makes of it.
  void run(const image::Image& picture);
  static Graph& build(const Model& model, Graph& graph);

  InputSpec input_;
  Store store_;
  Graph graph_;
  Flow flow_;
  std::int64_t classes_ = 0;
  data::Standardization targets_;
};

}  // namespace backflow::models
