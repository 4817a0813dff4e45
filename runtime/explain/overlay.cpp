#include <backflow/runtime/explain/overlay.h>

#include <algorithm>
#include <cmath>

#include <backflow/graph/error.h>
#include <backflow/runtime/explain/planes.h>
#include <backflow/runtime/image/colour_map.h>
#include <backflow/runtime/image/grid.h>
#include <backflow/runtime/image/resize.h>

namespace backflow::explain {
namespace {

constexpr double kMost = 0.995;  // share of the numbers that stay below the full colour
constexpr int kSmall = 96;       // images up to this side show their pixels

float percentile(std::vector<float> values, double share) {
  const auto at = static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + at, values.end());
  return values[static_cast<std::size_t>(at)];
}

/// 0 … 1, or −1 … 1 where numbers have a sign; all 0 where all are the same.
std::vector<float> normalized(std::vector<float> values, bool has_sign) {
  float low = 0, high = 0;
  if (has_sign) {
    std::vector<float> sizes;
    for (const float v : values) sizes.push_back(std::abs(v));
    high = percentile(std::move(sizes), kMost);
  } else {
    low = *std::min_element(values.begin(), values.end());
    high = percentile(values, kMost);
  }
  if (!(high > low)) {  // but for single pixels
    const auto [least, most] = std::minmax_element(values.begin(), values.end());
    high = has_sign ? std::max(-*least, *most) : *most;
  }
  const float range = high > low ? high - low : 1;
  for (float& v : values) v = std::clamp((v - low) / range, has_sign ? -1.0F : 0.0F, 1.0F);
  return values;
}

Plane plane_of(const Tensor& map) { return {map.shape()[0], map.shape()[1], {map.as().begin(), map.as().end()}}; }

/// How much of the map's colour a pixel gets, and which.
struct Tint {
  double share = 0;
  image::Colour colour{};
};

Tint tint_of(double value, bool has_sign) {
  const double size = std::abs(value), share = 0.9 * std::pow(size, 1.2);  // what hardly counts stays grey
  if (!has_sign) return {share, image::inferno(0.3 + 0.67 * size)};
  return {share, value < 0 ? image::oklch(0.55 + 0.2 * size, 0.16, 250) : image::oklch(0.6 + 0.2 * size, 0.19, 45)};
}

std::uint8_t blend(double below, double above, double share) {
  return static_cast<std::uint8_t>(std::lround(std::clamp(below + share * (above - below), 0.0, 255.0)));
}

}  // namespace

image::Image shown_photo(const image::Image& picture, const models::InputSpec& input, int least) {
  const image::Image read = models::fitted(picture, input);
  const int shorter = std::min(read.width, read.height), times = std::max(1, (least + shorter - 1) / shorter);
  if (shorter <= kSmall || times == 1) return image::visible(read, least);
  const int width = read.width * times, height = read.height * times;
  models::InputSpec larger = input;
  larger.height = height;
  larger.width = width;
  larger.shorter_side = input.shorter_side * times;
  const bool is_large = std::min(picture.width, picture.height) >= std::max(larger.shorter_side, std::int64_t{height});
  return is_large ? models::fitted(picture, larger) : image::resize(read, width, height);
}

image::Image heat_map(const Attribution& a) {
  const Plane plane = plane_of(a.map);
  const auto values = normalized(plane.values, a.has_sign);
  image::Image out = image::blank_image(static_cast<int>(plane.width), static_cast<int>(plane.height));
  for (std::size_t i = 0; i < values.size(); ++i) {
    const image::Colour colour = a.has_sign ? image::blue_to_red(values[i]) : image::inferno(values[i]);
    std::copy(colour.begin(), colour.end(), out.rgb.begin() + static_cast<std::ptrdiff_t>(3 * i));
  }
  return out;
}

image::Image overlay(const image::Image& photo, const Attribution& a) {
  const Plane map = plane_of(a.map);
  require(photo.width % map.width == 0 && photo.height % map.height == 0 &&
              photo.width / map.width == photo.height / map.height,
          "[explain] a photo of ", photo.width, " × ", photo.height, " pixels is no multiple of the map's ", map.width,
          " × ", map.height);
  const double least = static_cast<double>(std::min(map.height, map.width)) / (a.has_sign ? 56 : 80);
  const double sigma = std::max(a.cell / 4, least);
  const auto values = normalized(resized(blurred(map, sigma), photo.height, photo.width).values, a.has_sign);
  image::Image out = photo;
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::uint8_t* p = out.rgb.data() + 3 * i;
    const double grey = image::luma(p) / 1000.0;
    const Tint tint = tint_of(values[i], a.has_sign);
    for (std::size_t c = 0; c < 3; ++c) {
      const double below = 0.8 * (0.3 * p[c] + 0.7 * grey) + 20;  // greyed and dimmed
      p[c] = blend(below, tint.colour[c], tint.share);
    }
  }
  return out;
}

}  // namespace backflow::explain
