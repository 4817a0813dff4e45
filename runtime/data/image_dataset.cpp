#include <backflow/runtime/data/image_dataset.h>

#include <backflow/graph/error.h>
#include <backflow/runtime/data/pixels.h>

namespace backflow::data {
ImageDataset::ImageDataset(Shape shape, int class_number, std::vector<float> means, std::vector<float> deviations)
    : image(std::move(shape)), classes(class_number), mean(std::move(means)), stddev(std::move(deviations)) {
  const auto channels = static_cast<std::size_t>(image.at(0));
  if (mean.empty()) mean.assign(channels, 0);
  if (stddev.empty()) stddev.assign(channels, 1);
  require(mean.size() == channels && stddev.size() == channels, "[data] ", channels,
          " channels need as many means and deviations, got ", mean.size(), " and ", stddev.size());
}

void ImageDataset::read(std::size_t sample, std::uint32_t /*epoch*/, std::span<float> input) const {
  standardize(std::span(images).subspan(sample * input.size(), input.size()), mean, stddev, input);
}

void measure(ImageDataset& data) {
  PixelCounts counts(static_cast<std::size_t>(data.image[0]));
  const auto bytes = static_cast<std::size_t>(elements(data.image));
  for (std::size_t i = 0; i < data.size(); ++i) counts.add(std::span(data.images).subspan(i * bytes, bytes));
  auto [mean, stddev] = counts.standardization();
  data.mean = std::move(mean);
  data.stddev = std::move(stddev);
}

}  // namespace backflow::data
