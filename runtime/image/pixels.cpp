#include <backflow/runtime/image/pixels.h>

#include <backflow/graph/error.h>

namespace backflow::image {
namespace {

std::size_t plane_size(int width, int height, std::size_t values) {
  check_image_size(width, height, "pixels");
  const std::size_t size = static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
  require(values == 3 * size, "[pixels] an image of ", width, " × ", height, " has ", 3 * size, " numbers, got ",
          values);
  return size;
}

}  // namespace

void to_planes(const Image& image, std::span<float> planes, const Normalization& n) {
  const std::size_t size = plane_size(image.width, image.height, planes.size());
  for (std::size_t c = 0; c < 3; ++c)
    for (std::size_t i = 0; i < size; ++i)
      planes[c * size + i] = (static_cast<float>(image.rgb[3 * i + c]) / 255 - n.mean[c]) / n.stddev[c];
}

Image from_planes(std::span<const float> planes, int width, int height, const Normalization& n) {
  const std::size_t size = plane_size(width, height, planes.size());
  Image image{width, height, std::vector<std::uint8_t>(3 * size)};
  for (std::size_t c = 0; c < 3; ++c)
    for (std::size_t i = 0; i < size; ++i) {
      const float v = planes[c * size + i] * n.stddev[c] + n.mean[c];
      image.rgb[3 * i + c] = static_cast<std::uint8_t>((v > 0 ? (v < 1 ? v : 1) : 0) * 255 + 0.5F);
    }
  return image;
}

}  // namespace backflow::image
