// Cameras store a photo as the sensor saw it and say in Exif how to turn it. Internal to runtime/image/.
#pragma once

#include <backflow/runtime/image/image.h>

namespace backflow::image {

/// Exif's orientation tag of a JPEG file, 1 … 8; 1 (upright) where there is none or it makes no sense.
int exif_orientation(std::span<const std::byte> jpeg);
/// The image turned and mirrored so that it is upright.
Image upright(const Image& image, int orientation);

}  // namespace backflow::image
