#include <backflow/runtime/models/input_spec.h>

#include <algorithm>
#include <cmath>

#include <backflow/graph/error.h>
#include <backflow/runtime/image/pixels.h>
#include <backflow/runtime/image/resize.h>

namespace backflow::models {
namespace {

constexpr std::int64_t kImageNetSide = 224;

image::Normalization normalization_of(const InputSpec& input) {
  image::Normalization n = image::kNoNormalization;
  for (std::size_t c = 0; c < 3; ++c) {
    n.mean[c] = input.mean[input.channels == 1 ? 0 : c];
    n.stddev[c] = input.stddev[input.channels == 1 ? 0 : c];
  }
  return n;
}

void check_channels(const InputSpec& input) {
  require(input.channels == 1 || input.channels == 3, "[input] an image has 1 or 3 channels, the network reads ",
          input.channels);
  const auto n = static_cast<std::size_t>(input.channels);
  require(input.mean.size() == n && input.stddev.size() == n, "[input] ", n, " channels need as many means and ",
          "deviations, got ", input.mean.size(), " and ", input.stddev.size());
}

}  // namespace

InputSpec default_input(std::int64_t channels, std::int64_t height, std::int64_t width) {
  if (channels == 3) {
    const auto& n = image::kImageNet;
    const std::int64_t side = height == 0 ? kImageNetSide : std::min(height, width);
    return {3,
            height,
            width,
            {n.mean.begin(), n.mean.end()},
            {n.stddev.begin(), n.stddev.end()},
            (side * 256 + kImageNetSide / 2) / kImageNetSide};
  }
  const auto n = static_cast<std::size_t>(channels);
  return {channels, height, width, std::vector<float>(n, 0), std::vector<float>(n, 1)};
}

std::string to_string(const InputSpec& input) {
  const auto length = [](std::int64_t n) { return n == 0 ? "any" : std::to_string(n); };
  return str_cat(input.channels, " × ", length(input.height), " × ", length(input.width));
}

void check_input(const InputSpec& input, const Shape& s, const std::string& what) {
  const auto fits = [](std::int64_t wanted, std::int64_t got) { return wanted == 0 || wanted == got; };
  require(s.size() == 4 && s[1] == input.channels && fits(input.height, s[2]) && fits(input.width, s[3]), what,
          " reads images of ", to_string(input), ", got ", to_string(s));
}

std::int64_t picture_height(const InputSpec& input) { return input.any_size() ? kImageNetSide : input.height; }
std::int64_t picture_width(const InputSpec& input) { return input.any_size() ? kImageNetSide : input.width; }

image::Image fitted(const image::Image& picture, const InputSpec& input) {
  const std::int64_t height = picture_height(input), width = picture_width(input), side = std::min(height, width);
  if (picture.height == height && picture.width == width) return picture;
  const auto margin = static_cast<double>(input.shorter_side == 0 ? side : input.shorter_side);
  // Both sides reach the wanted ones; for a square that is the shorter side alone.
  const double factor =
      margin / static_cast<double>(side) *
      std::max(static_cast<double>(height) / picture.height, static_cast<double>(width) / picture.width);
  const auto scaled = [&](int length) { return std::max(1, static_cast<int>(length * factor + 1e-9)); };
  image::check_image_size(picture.width, picture.height, "image");
  const double pixels = factor * picture.width * factor * picture.height;
  require(pixels < static_cast<double>(image::kMaxPixels), "[input] an image of ", picture.width, " × ", picture.height,
          " is too narrow for a network that reads ", height, " × ", width);
  return image::centre_crop(image::resize(picture, scaled(picture.width), scaled(picture.height)),
                            static_cast<int>(width), static_cast<int>(height));
}

void to_input(const image::Image& picture, const InputSpec& input, std::span<float> values) {
  check_channels(input);
  if (input.channels == 3) return image::to_planes(picture, values, normalization_of(input));
  image::check_image_size(picture.width, picture.height, "input");
  const auto size = static_cast<std::size_t>(picture.width) * static_cast<std::size_t>(picture.height);
  require(values.size() == size, "[input] a grey image of ", picture.width, " × ", picture.height, " has ", size,
          " numbers, got ", values.size());
  for (std::size_t i = 0; i < size; ++i) {
    const std::uint8_t* p = picture.rgb.data() + 3 * i;
    const float grey = static_cast<float>(image::luma(p)) / 1000;
    values[i] = (grey / 255 - input.mean[0]) / input.stddev[0];
  }
}

image::Image from_input(std::span<const float> values, int width, int height, const InputSpec& input) {
  check_channels(input);
  if (input.channels == 3) return image::from_planes(values, width, height, normalization_of(input));
  std::vector<float> planes;
  for (int c = 0; c < 3; ++c) planes.insert(planes.end(), values.begin(), values.end());
  return image::from_planes(planes, width, height, normalization_of(input));
}

}  // namespace backflow::models
