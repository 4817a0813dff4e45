#include <algorithm>

#include <backflow/graph/error.h>
#include <backflow/runtime/data/augment_image.h>

namespace backflow::data {
namespace {

// Rec. 601 luma; see image::luma.
constexpr float kRed = 0.299F, kGreen = 0.587F, kBlue = 0.114F;

float in_range(float pixel) { return std::min(std::max(pixel, 0.0F), 1.0F); }

/// Of all pixels; rows are summed first, so that the sum stays exact enough.
float mean_grey(AugmentImage& image) {
  const std::int64_t height = image.height(), width = image.width();
  const std::array<float, 3> weight =
      image.channels() == 3 ? std::array{kRed, kGreen, kBlue} : std::array{1.0F, 0.0F, 0.0F};
  double total = 0;
  for (std::int64_t c = 0; c < image.channels(); ++c)
    for (std::int64_t y = 0; y < height; ++y) {
      const float* row = image.plane(c) + y * width;
      float sum = 0;
      for (std::int64_t x = 0; x < width; ++x) sum += row[x];
      total += static_cast<double>(weight[static_cast<std::size_t>(c)] * sum);
    }
  return static_cast<float>(total / static_cast<double>(height * width));
}

}  // namespace

void brighten(AugmentImage& image, float factor) {
  for (float& pixel : image.pixels()) pixel = in_range(factor * pixel);
}

void adjust_contrast(AugmentImage& image, float factor) {
  require(image.channels() == 1 || image.channels() == 3, "[augment] contrast is of images of 1 or 3 channels, got ",
          image.channels());
  const float rest = (1 - factor) * mean_grey(image);
  for (float& pixel : image.pixels()) pixel = in_range(factor * pixel + rest);
}

void adjust_saturation(AugmentImage& image, float factor) {
  require(image.channels() == 3, "[augment] saturation is of images of 3 channels, got ", image.channels());
  float *red = image.plane(0), *green = image.plane(1), *blue = image.plane(2);
  for (std::int64_t i = 0; i < image.height() * image.width(); ++i) {
    const float rest = (1 - factor) * (kRed * red[i] + kGreen * green[i] + kBlue * blue[i]);
    red[i] = in_range(factor * red[i] + rest);
    green[i] = in_range(factor * green[i] + rest);
    blue[i] = in_range(factor * blue[i] + rest);
  }
}

}  // namespace backflow::data
