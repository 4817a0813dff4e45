#include <backflow/runtime/data/feature_dataset.h>

#include <algorithm>

namespace backflow::data {

FeatureDataset::FeatureDataset(const Dataset& data, Shape shape)
    : values(data.size() * static_cast<std::size_t>(elements(shape))),
      shape_(std::move(shape)),
      classes_(data.class_count()),
      names_(data.class_names()) {
  for (std::size_t i = 0; i < data.size(); ++i) labels_.push_back(data.label(i));
}

void FeatureDataset::read(std::size_t sample, std::uint32_t /*epoch*/, std::span<float> input) const {
  std::copy_n(values.data() + sample * input.size(), input.size(), input.data());
}

}  // namespace backflow::data
