#include <backflow/runtime/image/resize.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <utility>

#include <backflow/graph/error.h>
#include <backflow/ops/taps.h>

namespace backflow::image {
namespace {

using Pixel [[gnu::vector_size(16)]] = float;  // red, green, blue, and the next pixel's red, which is not used

/// A part of the result.
struct Window {
  int left, top, width, height;
};

/// The first of the old line's elements that `begin` … `end` − 1 of the new one are made of, and the one after the
/// last.
std::pair<std::int64_t, std::int64_t> reach(const Taps& taps, int begin, int end) {
  std::int64_t first = taps.length, last = 0;
  for (int i = begin; i < end; ++i)
    for (const auto& t : taps.of[static_cast<std::size_t>(i)])
      first = std::min(first, t.from), last = std::max(last, t.from + 1);
  return {first, last};
}

/// The pixels of the new row that `w` has. `row` has four numbers more than its pixels, `out` one more.
void resize_row(const float* row, const Taps& across, const Window& w, float* out) {
  for (int x = w.left; x < w.left + w.width; ++x, out += 3) {
    Pixel sum{};
    for (const auto& t : across.of[static_cast<std::size_t>(x)]) {
      Pixel pixel;
      std::memcpy(&pixel, row + 3 * t.from, sizeof pixel);
      sum += t.weight * pixel;
    }
    std::memcpy(out, &sum, sizeof sum);
  }
}

/// `w` of what `image` is when resized to `width` × `height`.
Image resize_part(const Image& image, int width, int height, const Window& w) {
  check_image_size(width, height, "resize");
  check_image_size(image.width, image.height, "resize");
  const Taps across = smooth_taps(image.width, width), down = smooth_taps(image.height, height);
  const auto [first, last] = reach(down, w.top, w.top + w.height);
  const auto [left, right] = reach(across, w.left, w.left + w.width);
  const std::size_t row = 3 * static_cast<std::size_t>(w.width);
  const auto lines = std::make_unique_for_overwrite<float[]>(row * static_cast<std::size_t>(last - first) + 1);
  std::vector<float> pixels(3 * static_cast<std::size_t>(image.width) + 4);
  for (std::int64_t y = first; y < last; ++y) {
    const std::uint8_t* from = image.at(0, static_cast<int>(y));
    for (std::int64_t i = 3 * left; i < 3 * right; ++i)
      pixels[static_cast<std::size_t>(i)] = static_cast<float>(from[i]);
    resize_row(pixels.data(), across, w, lines.get() + row * static_cast<std::size_t>(y - first));
  }
  Image out = blank_image(w.width, w.height);
  std::vector<float> sum(row);
  for (int y = 0; y < w.height; ++y) {
    std::fill(sum.begin(), sum.end(), 0.5F);  // the conversion below cuts
    for (const auto& t : down.of[static_cast<std::size_t>(w.top + y)]) {
      const float* line = lines.get() + row * static_cast<std::size_t>(t.from - first);
      for (std::size_t i = 0; i < row; ++i) sum[i] += t.weight * line[i];
    }
    std::uint8_t* target = out.at(0, y);
    for (std::size_t i = 0; i < row; ++i)
      target[i] = static_cast<std::uint8_t>(static_cast<int>(std::min(std::max(sum[i], 0.0F), 255.0F)));
  }
  return out;
}

/// Width and height of `image` when its shorter side is `length`.
std::pair<int, int> size_for(const Image& image, int length) {
  check_image_size(image.width, image.height, "resize");
  const int shorter = std::min(image.width, image.height), longer = std::max(image.width, image.height);
  const std::int64_t other = static_cast<std::int64_t>(length) * longer / shorter;
  check_image_size(other, length, "resize");
  if (image.width <= image.height) return {length, static_cast<int>(other)};
  return {static_cast<int>(other), length};
}

/// Where the middle begins; half to even, as torchvision's round() has it.
int middle(int whole, int part) { return static_cast<int>(std::nearbyint((whole - part) / 2.0)); }

}  // namespace

Image resize(const Image& image, int width, int height) {
  return resize_part(image, width, height, {0, 0, width, height});
}

Image resize_shorter_side(const Image& image, int length) {
  const auto [width, height] = size_for(image, length);
  return resize(image, width, height);
}

Image centre_crop(const Image& image, int width, int height) {
  Image out = blank_image(width, height);
  const int left = middle(image.width, width), top = middle(image.height, height);
  for (int y = std::max(0, -top); y < std::min(height, image.height - top); ++y) {
    const int x = std::max(0, -left), end = std::min(width, image.width - left);
    if (end > x) std::memcpy(out.at(x, y), image.at(x + left, y + top), 3 * static_cast<std::size_t>(end - x));
  }
  return out;
}

Image centre_square(const Image& image, int resized, int size) {
  if (resized < size) return centre_crop(resize_shorter_side(image, resized), size, size);
  const auto [width, height] = size_for(image, resized);
  return resize_part(image, width, height, {middle(width, size), middle(height, size), size, size});
}

}  // namespace backflow::image
