#include <backflow/runtime/data/array_dataset.h>

#include <cmath>

namespace backflow::data {

void ArrayDataset::read(std::size_t sample, std::uint32_t /*epoch*/, std::span<float> input) const {
  const std::size_t plane = input.size() / statistics.mean.size();
  const float* from = values.data() + sample * input.size();
  for (std::size_t i = 0; i < input.size(); ++i)
    input[i] = (from[i] - statistics.mean[i / plane]) / statistics.stddev[i / plane];
}

void measure(ArrayDataset& data) {
  const auto channels = static_cast<std::size_t>(data.image[0]);
  const std::size_t plane = static_cast<std::size_t>(elements(data.image)) / channels;
  std::vector<double> sums(channels), squares(channels);
  for (std::size_t i = 0; i < data.values.size(); ++i) sums[i / plane % channels] += data.values[i];
  const double n = static_cast<double>(data.values.size()) / static_cast<double>(channels);
  for (std::size_t i = 0; i < data.values.size(); ++i) {
    const std::size_t c = i / plane % channels;
    const double off = data.values[i] - sums[c] / n;
    squares[c] += off * off;
  }
  data.statistics = {};
  for (std::size_t c = 0; c < channels; ++c) {
    const double stddev = std::sqrt(squares[c] / n);
    data.statistics.mean.push_back(static_cast<float>(sums[c] / n));
    data.statistics.stddev.push_back(stddev > 1e-6 ? static_cast<float>(stddev) : 1);
  }
}

}  // namespace backflow::data
