#include <backflow/runtime/image/resize.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include <backflow/graph/error.h>
#include <backflow/ops/taps.h>

namespace backflow::image {
namespace {

/// One image row of `across.of.size()` pixels.
void resize_row(const std::uint8_t* row, const Taps& across, float* out) {
  for (const auto& pixel : across.of) {
    std::array<float, 3> sum{};
    for (const auto& t : pixel)
      for (std::size_t c = 0; c < 3; ++c)
        sum[c] += t.weight * static_cast<float>(row[3 * static_cast<std::size_t>(t.from) + c]);
    out = std::copy(sum.begin(), sum.end(), out);
  }
}

int length_for(int shorter, int longer, int wanted) {
  const std::int64_t length = static_cast<std::int64_t>(wanted) * longer / shorter;
  check_image_size(length, wanted, "resize");
  return static_cast<int>(length);
}

}  // namespace

Image resize(const Image& image, int width, int height) {
  check_image_size(width, height, "resize");
  check_image_size(image.width, image.height, "resize");
  const Taps across = smooth_taps(image.width, width), down = smooth_taps(image.height, height);
  const std::size_t row = 3 * static_cast<std::size_t>(width);
  std::vector<float> lines(row * static_cast<std::size_t>(image.height));
  for (int y = 0; y < image.height; ++y)
    resize_row(image.at(0, y), across, lines.data() + row * static_cast<std::size_t>(y));
  Image out = blank_image(width, height);
  std::vector<float> sum(row);
  for (int y = 0; y < height; ++y) {
    std::fill(sum.begin(), sum.end(), 0.5F);  // the conversion below cuts
    for (const auto& t : down.of[static_cast<std::size_t>(y)]) {
      const float* line = lines.data() + row * static_cast<std::size_t>(t.from);
      for (std::size_t i = 0; i < row; ++i) sum[i] += t.weight * line[i];
    }
    std::uint8_t* target = out.at(0, y);
    for (std::size_t i = 0; i < row; ++i) target[i] = static_cast<std::uint8_t>(std::clamp(sum[i], 0.0F, 255.0F));
  }
  return out;
}

Image resize_shorter_side(const Image& image, int length) {
  check_image_size(image.width, image.height, "resize");
  if (image.width <= image.height) return resize(image, length, length_for(image.width, image.height, length));
  return resize(image, length_for(image.height, image.width, length), length);
}

Image centre_crop(const Image& image, int width, int height) {
  Image out = blank_image(width, height);
  // Half to even, as torchvision's round() has it.
  const int left = static_cast<int>(std::nearbyint((image.width - width) / 2.0));
  const int top = static_cast<int>(std::nearbyint((image.height - height) / 2.0));
  for (int y = std::max(0, -top); y < std::min(height, image.height - top); ++y) {
    const int x = std::max(0, -left), end = std::min(width, image.width - left);
    if (end > x) std::memcpy(out.at(x, y), image.at(x + left, y + top), 3 * static_cast<std::size_t>(end - x));
  }
  return out;
}

Image centre_square(const Image& image, int resized, int size) {
  return centre_crop(resize_shorter_side(image, resized), size, size);
}

}  // namespace backflow::image
