// Weights of a convolution in the forms that fast_convolution.cpp's kernels read, and which form that is. Internal to
// ops/.
#pragma once

#include <memory>
#include <optional>

#include <backflow/ops/onednn/convolution.h>

namespace backflow {

enum class Way : std::uint8_t { winograd, space_to_depth, pointwise, image };

/// Windows of stride 2 as windows over cells of 2×2 pixels (winograd_kernel.h). Where the padding is odd, windows begin
/// with a row or column of zeros.
struct SpaceToDepth {
  std::int64_t taps = 0, top = 0, left = 0;  // of a window of cells; zeros before the window

  /// Nothing where windows of cells are not square with 3 or 4 taps.
  static std::optional<SpaceToDepth> of(const Convolution& c, const Shape& w);
};

/// The op that turns weights [K, C, h, w] into the form; `gradient` exchanges the channels.
std::shared_ptr<const Op> convolution_weights(Way way, bool gradient, const SpaceToDepth& space_to_depth);

}  // namespace backflow
