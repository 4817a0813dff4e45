// Labelled images in memory, as bytes.
#pragma once

#include <backflow/runtime/data/dataset.h>

namespace backflow::data {

class ImageDataset final : public Dataset {
 public:
  ImageDataset() = default;
  /// Without samples yet. Without mean and deviation they are 0 and 1.
  ImageDataset(Shape shape, int class_number, std::vector<float> means = {}, std::vector<float> deviations = {});

  Shape image;                       // [C, H, W]
  std::vector<std::uint8_t> images;  // [N, C, H, W]
  std::vector<std::int32_t> labels;  // [N]
  int classes = 0;
  std::vector<float> mean, stddev;      // [C], of pixel / 255; a test set has those of the training images
  std::vector<std::string> names = {};  // of the classes, or empty

  std::size_t size() const override { return labels.size(); }
  Shape input_shape() const override { return image; }
  int class_count() const override { return classes; }
  std::int32_t label(std::size_t sample) const override { return labels[sample]; }
  void read(std::size_t sample, std::uint32_t epoch, std::span<float> input) const override;
  std::vector<std::string> class_names() const override { return names; }
  Standardization standardization() const override { return {mean, stddev}; }
};

/// Sets mean and standard deviation of each channel to those of the images, from exact counts; of one colour the
/// deviation is 1.
void measure(ImageDataset& data);

}  // namespace backflow::data
