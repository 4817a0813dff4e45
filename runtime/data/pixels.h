// Bytes of images as numbers that networks read. Internal to runtime/data/.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include <backflow/runtime/data/dataset.h>

namespace backflow::data {

/// How often each value of each channel comes.
class PixelCounts {
 public:
  explicit PixelCounts(std::size_t channels) : counts_(channels) {}

  /// An image, [C, H, W].
  void add(std::span<const std::uint8_t> planes);
  void add(const PixelCounts& other);
  /// Mean and standard deviation of value / 255 of each channel; the deviation of one value alone is 1.
  Standardization standardization() const;

 private:
  using Counts = std::array<std::array<std::uint64_t, 8>, 256>;  // neighbours, mostly alike, do not wait for each other
  std::vector<Counts> counts_;
};

/// (value / 255 − mean) / stddev for each channel of [C, H, W].
void standardize(std::span<const std::uint8_t> planes, std::span<const float> mean, std::span<const float> stddev,
                 std::span<float> to);

}  // namespace backflow::data
