// Why a classifier says what it says: how much each pixel of an image counts for a class.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <backflow/runtime/explain/faithfulness.h>
#include <backflow/runtime/explain/options.h>
#include <backflow/runtime/flow/tensor.h>
#include <backflow/runtime/image/image.h>
#include <backflow/runtime/models/model.h>
#include <backflow/runtime/scheduler/scheduler.h>

namespace backflow::explain {

/// How well attributions add up to what they explain: S(x) − S(x′) if they are exact.
struct Completeness {
  double sum = 0;         // of all attributions
  double difference = 0;  // of the logit, between the image and the baseline
};

struct Attribution {
  Method method = Method::saliency;
  std::int64_t target = 0;  // the class
  std::string layer = {};   // of grad-cam
  /// What the formula gives: [C, H, W] for values that the network reads, [h, w] for a layer's places (grad-cam),
  /// [H, W] for pixels (occlusion, rise).
  Tensor values = {};
  /// One number a pixel, [H, W]: of gradients (saliency, smoothgrad, guided) the largest absolute value of the
  /// channels, of shares of the logit (gradient-x-input, integrated) their sum; grad-cam enlarged bilinearly.
  Tensor map = {};
  bool has_sign = false;                          // negative numbers speak against the class
  double cell = 1;                                // pixels of the finest detail that the method can show
  double logit = 0, probability = 0;              // of the class, in the image
  std::optional<Completeness> completeness = {};  // of integrated
};

class Explainer {
 public:
  /// Images are fitted to the size that `model` reads. `model` and `scheduler` must outlive it. Networks are compiled
  /// when a method needs them first; weights are packed once. Throws an OptionError for an option out of its range.
  Explainer(const models::Model& model, Scheduler& scheduler, ExplainOptions options = {});
  ~Explainer();
  Explainer(Explainer&&) noexcept;
  Explainer& operator=(Explainer&&) noexcept;

  std::int64_t classes() const;
  /// The softmax of the logits, [classes]. Throws an Error if the logits are not finite.
  std::vector<float> probabilities(const image::Image& picture);
  /// Layers that have places, [1, C, h, w] with more than one: those that grad-cam can explain, in the network's order.
  const std::vector<std::string>& layers() const;
  /// Why the method cannot look at this network, in a sentence: no ReLU, no layer with places, an op without gradient.
  /// Empty if it can.
  std::string obstacle(Method method) const;

  /// The same bits for any number of threads. Throws an Error if there is no such class or layer, or where the method
  /// does not apply.
  Attribution attribution(const image::Image& picture, std::int64_t target, Method method);
  /// grad-cam of several layers by one backward pass.
  std::vector<Attribution> grad_cam(const image::Image& picture, std::int64_t target,
                                    const std::vector<std::string>& layers);
  /// How fast the class's probability falls and rises when pixels go and come in the order of `map` [H, W], in `steps`
  /// equal steps.
  Faithfulness faithfulness(const image::Image& picture, std::int64_t target, std::span<const float> map,
                            std::int64_t steps = 56);

  /// Called after each run of the network with the number of copies of the image that it saw. What it throws ends the
  /// explanation and arrives at the caller.
  void after_run(std::function<void(std::int64_t copies)> call);
  /// Copies of the image that the network sees in all for an attribution; for progress.
  std::int64_t copies(Method method) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Explainer::attribution of one image.
Attribution attribution(const models::Model& model, const image::Image& picture, std::int64_t target, Method method,
                        Scheduler& scheduler, const ExplainOptions& options = {});

}  // namespace backflow::explain
