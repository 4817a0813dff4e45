// Windows that oneDNN's pools do not have, made such that they do. Internal to ops/.
#pragma once

#include <backflow/ops/onednn/pooling.h>
#include <backflow/ops/pad.h>

namespace backflow {

/// What pad() needs to make the padding pixels of this value.
PadOptions borders(const Padding& padding, float value);
/// Along one axis of x the elements of each window, those of the next one behind; what lies outside is −1.
std::vector<std::int64_t> window_indices(std::int64_t windows, std::int64_t kernel, std::int64_t stride,
                                         std::int64_t dilation, std::int64_t before, std::int64_t length);
/// The pixels of each window beside each other, those of the next one behind: x [N, C, H, W] → [N, C, H' kh, W' kw],
/// where y has shape [N, C, H', W']. What lies outside the image is `fill`.
Value windows_apart(Value x, const Pooling& p, const Shape& y, float fill);
/// y without the windows that begin behind the image: as many as `shape` has.
Value first_windows(Value y, const Shape& shape);

}  // namespace backflow
