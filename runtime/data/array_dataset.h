// Images as numbers in memory, which need not be bytes.
#pragma once

#include <vector>

#include <backflow/runtime/data/dataset.h>

namespace backflow::data {

class ArrayDataset final : public Dataset {
 public:
  ArrayDataset(Shape shape, int class_number) : image(std::move(shape)), classes(class_number) {}

  Shape image;                       // [C, H, W]
  std::vector<float> values;         // [N, C, H, W]
  std::vector<std::int32_t> labels;  // [N]
  int classes = 0;
  Standardization statistics;  // of each channel; a test set has those of the training images

  std::size_t size() const override { return labels.size(); }
  Shape input_shape() const override { return image; }
  int class_count() const override { return classes; }
  std::int32_t label(std::size_t sample) const override { return labels[sample]; }
  void read(std::size_t sample, std::uint32_t epoch, std::span<float> input) const override;
  Standardization standardization() const override { return statistics; }
};

/// Sets the statistics to those of the images; of one value alone the deviation is 1.
void measure(ArrayDataset& data);

}  // namespace backflow::data
