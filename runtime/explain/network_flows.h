// A network compiled in the ways in which explanations look at it, each when it is needed first; all share one set of
// packed weights. Internal to runtime/explain/.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <backflow/graph/graph.h>
#include <backflow/runtime/flow/flow.h>
#include <backflow/runtime/models/model.h>
#include <backflow/runtime/scheduler/scheduler.h>

namespace backflow::explain {

/// B is the batch, K the number of classes. Every flow reads "image" [1, C, H, W]; those with gradients read "seed",
/// [1, K] or [B, K], the gradient of the logits.
class NetworkFlows {
 public:
  /// The batch is 1 where the network cannot be built for another, as an ONNX file with sizes of one image.
  NetworkFlows(const models::Model& model, Scheduler& scheduler, std::int64_t batch);

  const Shape& image() const { return image_; }  // [1, C, H, W]
  std::int64_t classes() const { return classes_; }
  std::int64_t batch() const { return batch_; }
  bool has_rectifier() const { return has_rectifier_; }
  /// Why the logits cannot be differentiated by the image; empty if they can.
  const std::string& no_gradient() const { return no_gradient_; }
  /// Those that have places.
  const std::vector<std::string>& layers() const { return layers_; }
  /// [h, w] of such a layer.
  const Shape& places(const std::string& layer) const { return places_.at(layer); }

  /// Outputs "logits" and "probabilities" [1, K].
  Flow& forward();
  /// Output "gradient" [1, C, H, W].
  Flow& gradient();
  /// The same by guided backpropagation.
  Flow& guided();
  /// Gradients at baseline + share · (image − baseline), summed over the batch: "total" [C, H, W]. Inputs "baseline"
  /// [1, C, H, W] and "share" [B].
  Flow& path();
  /// Gradients at copies with noise, summed: "total" [C, H, W]. Inputs "keys" [B, 4] and "stddev" [1] of the noise.
  Flow& noisy();
  /// Outputs "logits" and "probabilities" [B, K] of baseline + mask · (image − baseline). Inputs "baseline" and "mask"
  /// [B, 1, H, W].
  Flow& masked();
  /// Output "cam0", "cam1", … [1, h, w], for each of the layers.
  Flow& cams(const std::vector<std::string>& layers);

 private:
  std::unique_ptr<Flow> compiled(const Graph& graph, const std::string& name);
  void look();
  bool takes(std::int64_t batch) const;

  const models::Model& model_;
  Scheduler& scheduler_;
  Shape image_;
  std::int64_t batch_, classes_ = 0;
  bool has_rectifier_ = false;
  std::string no_gradient_;
  std::vector<std::string> layers_;
  std::map<std::string, Shape> places_;
  Store store_;
  std::unique_ptr<Flow> forward_, gradient_, guided_, path_, noisy_, masked_;
  std::map<std::vector<std::string>, std::unique_ptr<Flow>> cams_;
};

}  // namespace backflow::explain
