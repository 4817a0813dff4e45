#include <backflow/runtime/data/number_dataset.h>

#include <cmath>

#include <backflow/graph/error.h>

namespace backflow::data {

NumberDataset::NumberDataset(std::shared_ptr<const Dataset> base, std::vector<double> numbers,
                             const Standardization* like)
    : DerivedDataset(std::move(base)), numbers_(std::move(numbers)) {
  require(base_ && base_->size() > 0, "[data] there is no sample with a number to predict");
  double sum = 0, squares = 0;
  const auto n = static_cast<double>(base_->size());
  for (std::size_t i = 0; i < base_->size(); ++i) {
    const std::int32_t place = base_->label(i);
    require(place >= 0 && static_cast<std::size_t>(place) < numbers_.size(), "[data] sample ", i, " has the number ",
            place, " of ", numbers_.size());
    require(std::isfinite(static_cast<float>(number(i))), "[data] sample ", i, " has the number ", number(i),
            " to predict");
    sum += number(i);
  }
  for (std::size_t i = 0; i < base_->size(); ++i) squares += (number(i) - sum / n) * (number(i) - sum / n);
  const auto stddev = static_cast<float>(std::sqrt(squares / n));
  targets_ = like ? *like : Standardization{{static_cast<float>(sum / n)}, {stddev > 0 ? stddev : 1}};
}

void NumberDataset::read_target(std::size_t sample, std::span<float> target) const {
  target[0] = static_cast<float>((number(sample) - targets_.mean[0]) / targets_.stddev[0]);
}

}  // namespace backflow::data
