#include <backflow/runtime/data/feature_dataset.h>

#include <algorithm>

namespace backflow::data {

FeatureDataset::FeatureDataset(const Dataset& data, Shape shape)
    : values(data.size() * static_cast<std::size_t>(elements(shape))),
      shape_(std::move(shape)),
      classes_(data.class_count()),
      target_count_(data.target_count()),
      targets_(data.size() * static_cast<std::size_t>(target_count_)),
      target_standardization_(data.target_standardization()),
      names_(data.class_names()) {
  const auto numbers = static_cast<std::size_t>(target_count_);
  for (std::size_t i = 0; i < data.size(); ++i) {
    labels_.push_back(data.label(i));
    data.read_target(i, std::span(targets_).subspan(i * numbers, numbers));
  }
}

void FeatureDataset::read_target(std::size_t sample, std::span<float> target) const {
  std::copy_n(targets_.data() + sample * target.size(), target.size(), target.data());
}

void FeatureDataset::read(std::size_t sample, std::uint32_t /*epoch*/, std::span<float> input) const {
  std::copy_n(values.data() + sample * input.size(), input.size(), input.data());
}

}  // namespace backflow::data
