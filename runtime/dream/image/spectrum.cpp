#include <backflow/runtime/dream/image/spectrum.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>

namespace backflow::dream {
namespace {

using Complex = std::complex<double>;

/// e^{−2πi k / length} for all k.
std::vector<Complex> turns(std::int64_t length) {
  std::vector<Complex> result;
  for (std::int64_t k = 0; k < length; ++k)
    result.push_back(std::polar(1.0, -2 * std::numbers::pi * static_cast<double>(k) / static_cast<double>(length)));
  return result;
}

}  // namespace

std::vector<float> falling_amplitudes(std::int64_t height, std::int64_t width, float decay) {
  const double lowest = 1.0 / static_cast<double>(std::max(height, width));
  std::vector<float> result;
  for (std::int64_t u = 0; u < height; ++u)
    for (std::int64_t v = 0; v < spectrum_columns(width); ++v) {
      const double fu = static_cast<double>(std::min(u, height - u)) / static_cast<double>(height);
      const double fv = static_cast<double>(v) / static_cast<double>(width);
      result.push_back(static_cast<float>(std::pow(std::max(std::hypot(fu, fv), lowest), -decay)));
    }
  return result;
}

std::vector<float> half_spectrum(std::span<const float> image, std::int64_t height, std::int64_t width) {
  const std::int64_t columns = spectrum_columns(width);
  const auto by_row = turns(width), by_column = turns(height);
  std::vector<Complex> rows(static_cast<std::size_t>(height * columns));
  for (std::int64_t h = 0; h < height; ++h)
    for (std::int64_t v = 0; v < columns; ++v) {
      Complex& sum = rows[static_cast<std::size_t>(h * columns + v)];
      for (std::int64_t w = 0; w < width; ++w)
        sum += double{image[static_cast<std::size_t>(h * width + w)]} * by_row[static_cast<std::size_t>(v * w % width)];
    }
  std::vector<float> result(static_cast<std::size_t>(2 * height * columns));
  for (std::int64_t u = 0; u < height; ++u)
    for (std::int64_t v = 0; v < columns; ++v) {
      Complex sum;
      for (std::int64_t h = 0; h < height; ++h)
        sum += rows[static_cast<std::size_t>(h * columns + v)] * by_column[static_cast<std::size_t>(u * h % height)];
      result[static_cast<std::size_t>(u * columns + v)] = static_cast<float>(sum.real());
      result[static_cast<std::size_t>((height + u) * columns + v)] = static_cast<float>(sum.imag());
    }
  return result;
}

}  // namespace backflow::dream
