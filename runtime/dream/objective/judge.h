// What another network, which had no part in making an image, sees in it.
#pragma once

#include <memory>

#include <backflow/runtime/flow/flow.h>
#include <backflow/runtime/image/image.h>
#include <backflow/runtime/models/model.h>
#include <backflow/runtime/scheduler/scheduler.h>

namespace backflow::dream {

/// What a classifier says of one image.
struct Verdict {
  double probability = 0;  // of the class that was asked for
  std::int64_t rank = 0;   // of that class: 1 where no other is more probable
  std::int64_t best = 0;   // the most probable class
  double best_probability = 0;
};

class Judge {
 public:
  /// Images are resized to `height` × `width`, with 0 to what the network says that it reads, or 224 where it takes
  /// any. Throws an Error if the network does not take that size. `scheduler` must outlive the judge.
  Judge(const models::Model& model, Scheduler& scheduler, std::int64_t height = 0, std::int64_t width = 0);

  std::int64_t classes() const { return classes_; }
  /// Probabilities of all classes.
  std::vector<double> probabilities(const image::Image& picture);
  /// Throws an Error if there is no such class.
  Verdict verdict(const image::Image& picture, std::int64_t wanted);

 private:
  models::InputSpec input_;
  std::int64_t height_, width_, classes_ = 0;
  Store store_;
  std::unique_ptr<Flow> flow_;
};

}  // namespace backflow::dream
