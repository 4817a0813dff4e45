// What the network gets to see of an image in one step: rolled, scaled, turned, shifted, cropped, with noise. All of it
// is decided when it runs, so that nothing is built twice. Internal to runtime/dream/.
#pragma once

#include <array>
#include <span>
#include <string>

#include <backflow/graph/graph.h>
#include <backflow/runtime/dream/options.h>
#include <backflow/runtime/dream/random_key.h>
#include <backflow/runtime/flow/flow.h>

namespace backflow::dream {

class Transforms {
 public:
  /// Of images `height` × `width` that are an octave of the options' full image; `scale` is one of options.scales.
  /// `prefix` begins the names of the inputs, which differ for each scale.
  Transforms(const DreamOptions& options, std::int64_t height, std::int64_t width, double scale, std::string prefix);

  /// Transforms of each image.
  std::int64_t count() const { return std::max<std::int64_t>(1, options_.crops); }

  /// Appends the nodes that compute them: pixels [N, C, H, W] → [N · count, C, H', W'].
  Value append(Value pixels) const;
  /// Draws the inputs for the step of `keys`, one for each image.
  void draw(Flow& flow, std::span<const RandomKey> keys) const;

  /// Where view `index` of an image looks: (u, v)ᵀ = A (j, i, 1)ᵀ, row-major [2, 3], as in ops/affine_resample.h.
  std::array<float, 6> matrix(const RandomKey& key, std::int64_t index) const;
  /// By how much an image is rolled: dy, dx.
  std::array<std::int32_t, 2> offsets(const RandomKey& key) const;

 private:
  bool resamples() const;

  DreamOptions options_;
  std::int64_t height_, width_;            // of the image that is seen, after scaling
  std::int64_t view_height_, view_width_;  // of a view
  double shrunk_;                          // size of the seen image relative to the full one
  std::string prefix_;
};

}  // namespace backflow::dream
