// Images in other sizes, without aliasing; and the preparation that ImageNet classifiers expect.
#pragma once

#include <backflow/runtime/image/image.h>

namespace backflow::image {

/// Bilinear with a filter as wide as the reduction (antialiased), separable, edges renormalised: what Pillow's BILINEAR
/// and torch's interpolate(mode="bilinear", antialias=True) compute.
Image resize(const Image& image, int width, int height);
/// The shorter side becomes `length`; the longer one keeps the proportion, rounded down as torchvision does.
Image resize_shorter_side(const Image& image, int length);
/// The middle `width` × `height` of the image, where it is smaller with white around it.
Image centre_crop(const Image& image, int width, int height);
/// torchvision's evaluation transform: shorter side to `resized`, then the middle `size` × `size`.
Image centre_square(const Image& image, int resized = 256, int size = 224);

}  // namespace backflow::image
