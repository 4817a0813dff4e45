// How the networks see an image in one step, at each scale, and what the objective makes of it.
// Internal to runtime/dream/.
#pragma once

#include <vector>

#include <backflow/runtime/dream/image/transforms.h>
#include <backflow/runtime/dream/octave/ascent.h>
#include <backflow/runtime/dream/octave/octave_runner.h>

namespace backflow::dream {

class TransformedNetworks {
 public:
  /// Of images `height` × `width`. Where they are tiles of a larger image, `whole` is its octave: means over places
  /// then are shares of the whole image's.
  TransformedNetworks(const DreamPlan& plan, std::int64_t height, std::int64_t width, const Octave* whole = nullptr);

  /// Appends views, networks and terms for pixels [N, C, H, W]; what they report becomes outputs.
  std::vector<WeightedTerm> append(Value pixels);
  /// Writes the inputs of one step; a key for each image.
  void draw(Flow& flow, std::span<const RandomKey> keys, bool below) const;
  Seen seen(const Flow& flow) const;

  /// Whether a term needs the guide photo.
  bool needs_guide() const { return !guide_names_.empty(); }
  /// Appends what the terms need of it, [1, C, H, W], as outputs. After append().
  void append_guide(Value guide) const;
  const std::vector<std::string>& guide_names() const { return guide_names_; }

 private:
  struct Output {
    std::string name;
    double weight;
  };
  /// How much of the whole image's mean a tile's mean is.
  double share(const ObjectiveTerm& term, std::size_t network, const models::Classifier& tile) const;
  std::vector<WeightedTerm> append_network(std::size_t network, std::size_t scale, Value views, Value relu_override,
                                           std::int64_t per_image);

  const DreamPlan& plan_;
  double shrunk_;
  std::vector<Transforms> transforms_;  // one for each scale
  std::vector<Output> outputs_;
  std::vector<std::string> guide_names_;
  std::vector<ObjectiveNames> whole_;  // of each network, where the images are tiles
  double network_weights_ = 0;
};

}  // namespace backflow::dream
