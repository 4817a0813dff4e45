#include <backflow/runtime/dream/objective/quality.h>

#include <cmath>
#include <complex>
#include <cstdlib>
#include <kissfft/kissfft.hh>

#include <backflow/graph/error.h>

namespace backflow::dream {
namespace {

using Complex = std::complex<double>;

constexpr double kHighFrequency = 0.25;  // cycles per pixel
constexpr std::array<double, 3> kLuminance{0.299, 0.587, 0.114};

/// [height, width], without its mean.
std::vector<Complex> luminance(const image::Image& image) {
  std::vector<Complex> l(image.rgb.size() / 3);
  double mean = 0;
  for (std::size_t i = 0; i < l.size(); ++i) {
    for (std::size_t c = 0; c < 3; ++c) l[i] += kLuminance[c] * image.rgb[3 * i + c];
    mean += l[i].real();
  }
  mean /= static_cast<double>(l.size());
  for (Complex& v : l) v -= mean;
  return l;
}

/// The Fourier transform of every row, written as columns: [width, height] of [height, width].
std::vector<Complex> transformed_rows(const std::vector<Complex>& in, std::size_t height, std::size_t width) {
  kissfft<double> transform(width, false);
  std::vector<Complex> row(width), out(in.size());
  for (std::size_t y = 0; y < height; ++y) {
    transform.transform(in.data() + y * width, row.data());
    for (std::size_t x = 0; x < width; ++x) out[x * height + y] = row[x];
  }
  return out;
}

double frequency(std::size_t k, std::size_t length) {
  return static_cast<double>(std::min(k, length - k)) / static_cast<double>(length);
}

}  // namespace

double total_variation(const image::Image& image) {
  image::check_image_size(image.width, image.height, "quality");
  std::int64_t sum = 0;
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x) {
      const std::uint8_t* here = image.at(x, y);
      for (int c = 0; c < 3; ++c) {
        if (x + 1 < image.width) sum += std::abs(image.at(x + 1, y)[c] - here[c]);
        if (y + 1 < image.height) sum += std::abs(image.at(x, y + 1)[c] - here[c]);
      }
    }
  return static_cast<double>(sum) / 255 / static_cast<double>(image.rgb.size());
}

double high_frequency_share(const image::Image& image) {
  image::check_image_size(image.width, image.height, "quality");
  const auto width = static_cast<std::size_t>(image.width), height = static_cast<std::size_t>(image.height);
  const auto spectrum = transformed_rows(transformed_rows(luminance(image), height, width), width, height);
  double all = 0, high = 0;
  for (std::size_t y = 0; y < height; ++y)
    for (std::size_t x = 0; x < width; ++x) {
      const double power = std::norm(spectrum[y * width + x]);
      all += power;
      if (std::hypot(frequency(x, width), frequency(y, height)) > kHighFrequency) high += power;
    }
  // What rounding leaves of a single luminance is no power.
  const double least = 1e-12 * static_cast<double>(spectrum.size()) * static_cast<double>(spectrum.size());
  return all > least ? high / all : 0;
}

}  // namespace backflow::dream
