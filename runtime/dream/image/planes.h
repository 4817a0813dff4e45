// Images as numbers, [N, C, H, W] in 0 … 1, C = 1 or 3: to images and back, and enlarged. Internal to runtime/dream/.
#pragma once

#include <backflow/runtime/flow/tensor.h>
#include <backflow/runtime/image/image.h>

namespace backflow::dream {

/// `count` copies of the image, resized to `height` × `width`; with one channel its luminance.
Tensor planes_of(const image::Image& picture, std::int64_t count, std::int64_t channels, std::int64_t height,
                 std::int64_t width);

/// Image `n` of a batch in 8 bits; grey if it has one channel.
image::Image picture_of(const Tensor& planes, std::int64_t n);

/// Bilinear between pixels' middles, to a size that is not smaller.
Tensor enlarged(const Tensor& planes, std::int64_t height, std::int64_t width);

}  // namespace backflow::dream
