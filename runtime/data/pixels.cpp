#include <backflow/runtime/data/pixels.h>

#include <cmath>
#include <numeric>

namespace backflow::data {

void PixelCounts::add(std::span<const std::uint8_t> planes) {
  const std::size_t plane = planes.size() / counts_.size();
  for (std::size_t c = 0; c < counts_.size(); ++c)
    for (std::size_t p = 0; p < plane; ++p) ++counts_[c][planes[c * plane + p]][p % 8];
}

void PixelCounts::add(const PixelCounts& other) {
  for (std::size_t c = 0; c < counts_.size(); ++c)
    for (std::size_t v = 0; v < 256; ++v)
      for (std::size_t i = 0; i < 8; ++i) counts_[c][v][i] += other.counts_[c][v][i];
}

Standardization PixelCounts::standardization() const {
  Standardization result;
  for (const Counts& counts : counts_) {
    double n = 0, sum = 0, squares = 0;
    for (std::size_t v = 0; v < 256; ++v) {
      const double x = static_cast<double>(v) / 255;
      const double times = std::accumulate(counts[v].begin(), counts[v].end(), 0.0);
      n += times;
      sum += times * x;
      squares += times * x * x;
    }
    const double mean = sum / n, variance = squares / n - mean * mean;
    result.mean.push_back(static_cast<float>(mean));
    result.stddev.push_back(variance > 1e-12 ? static_cast<float>(std::sqrt(variance)) : 1);
  }
  return result;
}

void standardize(std::span<const std::uint8_t> planes, std::span<const float> mean, std::span<const float> stddev,
                 std::span<float> to) {
  const std::size_t plane = planes.size() / mean.size();
  for (std::size_t c = 0; c < mean.size(); ++c) {
    const float scale = 1 / (255 * stddev[c]), offset = -mean[c] / stddev[c];
    const std::uint8_t* source = planes.data() + c * plane;
    float* target = to.data() + c * plane;
    for (std::size_t p = 0; p < plane; ++p) target[p] = static_cast<float>(source[p]) * scale + offset;
  }
}

}  // namespace backflow::data
