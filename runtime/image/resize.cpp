#include "runtime/image/resize.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "graph/error.h"

namespace backflow {
namespace {

/// The part of one line that makes one element of the resized line.
struct Taps {
  int first = 0;
  std::vector<float> weights;
};

/// A triangle around each target's middle, as wide as the reduction but at least one source element to each side.
std::vector<Taps> taps_of(int from, int to) {
  const double scale = static_cast<double>(from) / to, support = std::max(scale, 1.0);
  std::vector<Taps> result;
  for (int i = 0; i < to; ++i) {
    const double centre = (i + 0.5) * scale;
    const int first = std::max(0, static_cast<int>(centre - support + 0.5));
    const int last = std::min(from, static_cast<int>(centre + support + 0.5));
    std::vector<double> weights;
    double total = 0;
    for (int k = first; k < last; ++k) {
      weights.push_back(std::max(0.0, 1 - std::abs((k + 0.5 - centre) / support)));
      total += weights.back();
    }
    Taps taps{first, {}};
    for (double w : weights) taps.weights.push_back(static_cast<float>(w / total));
    result.push_back(std::move(taps));
  }
  return result;
}

/// One picture row of `to.size()` pixels.
void resize_row(const std::uint8_t* row, const std::vector<Taps>& to, float* out) {
  for (const Taps& t : to) {
    float sum[3] = {0, 0, 0};
    for (std::size_t k = 0; k < t.weights.size(); ++k)
      for (std::size_t c = 0; c < 3; ++c)
        sum[c] += t.weights[k] * static_cast<float>(row[3 * (static_cast<std::size_t>(t.first) + k) + c]);
    out = std::copy_n(sum, 3, out);
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
  const auto across = taps_of(image.width, width), down = taps_of(image.height, height);
  const std::size_t row = 3 * static_cast<std::size_t>(width);
  std::vector<float> lines(row * static_cast<std::size_t>(image.height));
  for (int y = 0; y < image.height; ++y)
    resize_row(image.at(0, y), across, lines.data() + row * static_cast<std::size_t>(y));
  Image out = blank_image(width, height);
  std::vector<float> sum(row);
  for (int y = 0; y < height; ++y) {
    const Taps& t = down[static_cast<std::size_t>(y)];
    std::fill(sum.begin(), sum.end(), 0.5F);  // the conversion below cuts
    for (std::size_t k = 0; k < t.weights.size(); ++k) {
      const float* line = lines.data() + row * (static_cast<std::size_t>(t.first) + k);
      for (std::size_t i = 0; i < row; ++i) sum[i] += t.weights[k] * line[i];
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

}  // namespace backflow
