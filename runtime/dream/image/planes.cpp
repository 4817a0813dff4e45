#include <backflow/runtime/dream/image/planes.h>

#include <algorithm>
#include <cmath>

#include <backflow/runtime/image/pixels.h>
#include <backflow/runtime/image/resize.h>

namespace backflow::dream {
namespace {

// ITU-R BT.601, as in Pillow's mode L.
constexpr float kRed = 0.299F, kGreen = 0.587F, kBlue = 0.114F;

/// The two pixels that a place of the enlarged axis lies between, and the share of the second.
struct Between {
  std::int64_t low, high;
  float share;

  Between(std::int64_t i, std::int64_t from, std::int64_t to) {
    const double at = (static_cast<double>(i) + 0.5) * static_cast<double>(from) / static_cast<double>(to) - 0.5;
    const double inside = std::clamp(at, 0.0, static_cast<double>(from - 1));
    low = static_cast<std::int64_t>(inside);
    high = std::min(low + 1, from - 1);
    share = static_cast<float>(inside - static_cast<double>(low));
  }
};

}  // namespace

Tensor planes_of(const image::Image& picture, std::int64_t count, std::int64_t channels, std::int64_t height,
                 std::int64_t width) {
  const image::Image sized = image::resize(picture, static_cast<int>(width), static_cast<int>(height));
  const auto size = static_cast<std::size_t>(height * width);
  std::vector<float> planes(3 * size);
  image::to_planes(sized, planes);
  if (channels == 1) {
    for (std::size_t i = 0; i < size; ++i)
      planes[i] = kRed * planes[i] + kGreen * planes[size + i] + kBlue * planes[2 * size + i];
    planes.resize(size);
  }
  Tensor result(Spec{{count, channels, height, width}});
  for (std::int64_t n = 0; n < count; ++n)
    std::copy(planes.begin(), planes.end(), result.as().data() + static_cast<std::size_t>(n) * planes.size());
  return result;
}

image::Image picture_of(const Tensor& planes, std::int64_t n) {
  const Shape& s = planes.shape();
  const auto size = static_cast<std::size_t>(s[2] * s[3]), channels = static_cast<std::size_t>(s[1]);
  const float* from = planes.as().data() + static_cast<std::size_t>(n) * channels * size;
  std::vector<float> three(3 * size);
  for (std::size_t c = 0; c < 3; ++c) std::copy_n(from + (channels == 1 ? 0 : c * size), size, three.data() + c * size);
  return image::from_planes(three, static_cast<int>(s[3]), static_cast<int>(s[2]));
}

Tensor enlarged(const Tensor& planes, std::int64_t height, std::int64_t width) {
  const Shape& s = planes.shape();
  Tensor result(Spec{{s[0], s[1], height, width}});
  for (std::int64_t p = 0; p < s[0] * s[1]; ++p) {
    const float* from = planes.as().data() + p * s[2] * s[3];
    float* to = result.as().data() + p * height * width;
    for (std::int64_t i = 0; i < height; ++i) {
      const Between row(i, s[2], height);
      for (std::int64_t j = 0; j < width; ++j) {
        const Between column(j, s[3], width);
        auto in_row = [&](std::int64_t r) {
          const float left = from[r * s[3] + column.low], right = from[r * s[3] + column.high];
          return left + (right - left) * column.share;
        };
        const float top = in_row(row.low), bottom = in_row(row.high);
        to[i * width + j] = top + (bottom - top) * row.share;
      }
    }
  }
  return result;
}

}  // namespace backflow::dream
