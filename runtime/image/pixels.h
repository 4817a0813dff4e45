// Between images and the planes of numbers that networks read. Internal to runtime/image/.
#pragma once

#include <backflow/runtime/image/image.h>

namespace backflow::image {

/// Mean and standard deviation of each channel of an image in 0 … 1.
struct Normalization {
  std::array<float, 3> mean, stddev;
};
constexpr Normalization kNoNormalization{{0, 0, 0}, {1, 1, 1}};
constexpr Normalization kImageNet{{0.485F, 0.456F, 0.406F}, {0.229F, 0.224F, 0.225F}};

/// (rgb / 255 − mean) / deviation into `planes`, [3, height, width] row-major.
void to_planes(const Image& image, std::span<float> planes, const Normalization& n = kNoNormalization);
/// Back: planes · deviation + mean, cut to 0 … 1, in 8 bits to the nearest. A number that is NaN becomes 0.
Image from_planes(std::span<const float> planes, int width, int height, const Normalization& n = kNoNormalization);

}  // namespace backflow::image
