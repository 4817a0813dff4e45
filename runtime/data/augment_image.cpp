#include <backflow/runtime/data/augment_image.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include <backflow/graph/error.h>

namespace backflow::data {
namespace {

/// Where a pixel of a row or column lies between two of another one.
struct Between {
  std::int64_t first, second;
  float share;  // of the second
};

/// Pixels of a line of `n` that shows begin … begin + length of another one of `n`; at its borders their pixels go on.
std::vector<Between> stretched_line(std::int64_t n, float begin, float length) {
  std::vector<Between> line(static_cast<std::size_t>(n));
  const auto last = static_cast<float>(n - 1);
  for (std::int64_t i = 0; i < n; ++i) {
    const float place = begin + (static_cast<float>(i) + 0.5F) * length / static_cast<float>(n) - 0.5F;
    const float inside = std::clamp(place, 0.0F, last);
    const auto first = static_cast<std::int64_t>(inside);
    line[static_cast<std::size_t>(i)] = {first, std::min(first + 1, n - 1), inside - static_cast<float>(first)};
  }
  return line;
}

float mixed(float a, float b, float share) { return a + share * (b - a); }

/// Rounded down; std::floor is a call on x86-64 without SSE4.1.
std::int32_t rounded_down(float v) {
  const auto whole = static_cast<std::int32_t>(v);
  return whole - static_cast<std::int32_t>(static_cast<float>(whole) > v);
}

/// A place in an image, and how its four pixels count, by rows. What lies outside
/// counts as black.
struct Corners {
  std::int64_t offset;  // of the left upper one
  std::array<float, 4> weight;
  bool inside;

  Corners(float x, float y, std::int32_t height, std::int32_t width) {
    const std::int32_t column = rounded_down(x), row = rounded_down(y);
    const float right = x - static_cast<float>(column), bottom = y - static_cast<float>(row);
    offset = std::int64_t{row} * width + column;
    weight = {(1 - right) * (1 - bottom), right * (1 - bottom), (1 - right) * bottom, right * bottom};
    inside = row >= 0 && row < height - 1 && column >= 0 && column < width - 1;
    if (inside) return;
    for (std::int32_t k = 0; k < 4; ++k) {
      const std::int32_t r = row + k / 2, c = column + k % 2;
      if (r < 0 || r >= height || c < 0 || c >= width) weight[static_cast<std::size_t>(k)] = 0;
    }
  }

  float value(const float* plane, std::int64_t width) const {
    const float* top = plane + offset;
    if (inside) return weight[0] * top[0] + weight[1] * top[1] + weight[2] * top[width] + weight[3] * top[width + 1];
    float sum = 0;
    for (std::int64_t k = 0; k < 4; ++k)
      if (const float w = weight[static_cast<std::size_t>(k)]; w != 0) sum += w * top[k / 2 * width + k % 2];
    return sum;
  }
};

}  // namespace

AugmentImage::AugmentImage(const Shape& shape, std::vector<float> mean)
    : channels_(shape.at(0)),
      height_(shape.at(1)),
      width_(shape.at(2)),
      size_(static_cast<std::size_t>(elements(shape))),
      mean_(std::move(mean)),
      pixels_(std::make_unique<float[]>(size_)),
      other_(std::make_unique_for_overwrite<float[]>(size_)) {
  mean_.resize(static_cast<std::size_t>(channels_));
}

void flip(AugmentImage& image) {
  for (std::int64_t row = 0; row < image.channels() * image.height(); ++row) {
    float* begin = image.plane(0) + row * image.width();
    std::reverse(begin, begin + image.width());
  }
}

void shift(AugmentImage& image, std::int64_t right, std::int64_t down) {
  const std::int64_t height = image.height(), width = image.width();
  const std::int64_t from = std::clamp<std::int64_t>(right, 0, width);
  const std::int64_t to = std::clamp<std::int64_t>(width + right, 0, width);
  for (std::int64_t c = 0; c < image.channels(); ++c)
    for (std::int64_t y = 0; y < height; ++y) {
      float* row = image.other_plane(c) + y * width;
      const bool is_there = y - down >= 0 && y - down < height && from < to;
      if (!is_there) {
        std::fill_n(row, width, 0.0F);
        continue;
      }
      const float* source = image.plane(c) + (y - down) * width;
      std::fill(row, row + from, 0.0F);
      std::copy(source + (from - right), source + (to - right), row + from);
      std::fill(row + to, row + width, 0.0F);
    }
  image.replace();
}

void rotate(AugmentImage& image, float degrees) {
  const std::int64_t height = image.height(), width = image.width();
  const double angle = static_cast<double>(degrees) * std::numbers::pi / 180;
  const auto cosine = static_cast<float>(std::cos(angle)), sine = static_cast<float>(std::sin(angle));
  const float middle_x = static_cast<float>(width - 1) / 2, middle_y = static_cast<float>(height - 1) / 2;
  for (std::int64_t y = 0; y < height; ++y)
    for (std::int64_t x = 0; x < width; ++x) {
      const float right = static_cast<float>(x) - middle_x, down = static_cast<float>(y) - middle_y;
      const Corners at(cosine * right - sine * down + middle_x, sine * right + cosine * down + middle_y,
                       static_cast<std::int32_t>(height), static_cast<std::int32_t>(width));
      for (std::int64_t c = 0; c < image.channels(); ++c)
        image.other_plane(c)[y * width + x] = at.value(image.plane(c), width);
    }
  image.replace();
}

void crop(AugmentImage& image, float x, float y, float width, float height) {
  const auto columns = stretched_line(image.width(), x, width), rows = stretched_line(image.height(), y, height);
  std::vector<float> row(columns.size());
  for (std::int64_t c = 0; c < image.channels(); ++c) {
    float* to = image.other_plane(c);
    for (const Between& r : rows) {
      const float *top = image.plane(c) + r.first * image.width(), *bottom = image.plane(c) + r.second * image.width();
      for (std::size_t i = 0; i < row.size(); ++i) row[i] = mixed(top[i], bottom[i], r.share);
      for (const Between& p : columns)
        *to++ = mixed(row[static_cast<std::size_t>(p.first)], row[static_cast<std::size_t>(p.second)], p.share);
    }
  }
  image.replace();
}

void erase(AugmentImage& image, std::int64_t x, std::int64_t y, std::int64_t width, std::int64_t height) {
  for (std::int64_t c = 0; c < image.channels(); ++c)
    for (std::int64_t row = y; row < y + height; ++row)
      std::fill_n(image.plane(c) + row * image.width() + x, width, image.mean(c));
}

}  // namespace backflow::data
