#include <algorithm>
#include <cmath>
#include <numeric>

#include <backflow/graph/error.h>
#include <backflow/runtime/data/array_dataset.h>
#include <backflow/runtime/data/array_samples.h>
#include <backflow/runtime/data/image_dataset.h>
#include <backflow/runtime/data/number_dataset.h>

namespace backflow::data {
namespace {

/// As labels of images: 0 … classes − 1.
std::vector<std::int32_t> image_labels(const Array& y) {
  std::vector<std::int32_t> labels;
  for (const double number : numbers_of(y)) {
    require(number == std::floor(number) && number >= 0 && number <= kLargestArrayLabel, "[data] ", y.name,
            ": element ", labels.size(), " is ", number, ", expected a class 0 … ", kLargestArrayLabel);
    labels.push_back(static_cast<std::int32_t>(number));
  }
  return labels;
}

std::shared_ptr<const Dataset> with_statistics(ImageDataset data, const Dataset* like) {
  if (like) {
    auto [mean, stddev] = like->standardization();
    data.mean = std::move(mean);
    data.stddev = std::move(stddev);
  } else {
    measure(data);
  }
  return std::make_shared<const ImageDataset>(std::move(data));
}

std::shared_ptr<const Dataset> with_statistics(ArrayDataset data, const Dataset* like) {
  if (like)
    data.statistics = like->standardization();
  else
    measure(data);
  return std::make_shared<const ArrayDataset>(std::move(data));
}

/// Some of the images, with statistics of their own or, of a test set, those of `like`.
std::shared_ptr<const Dataset> images_of(const ArraySamples& s, const std::vector<std::int32_t>& labels, int classes,
                                         std::span<const std::uint32_t> rows, const Dataset* like) {
  const Shape image(s.x.shape.begin() + 1, s.x.shape.end());
  const auto length = static_cast<std::size_t>(elements(image));
  if (s.x.type == ArrayType::u8) {
    ImageDataset data(image, classes);
    for (const std::uint32_t row : rows) {
      const auto from = s.x.data.begin() + static_cast<std::ptrdiff_t>(row * length);
      data.images.insert(data.images.end(), from, from + static_cast<std::ptrdiff_t>(length));
      data.labels.push_back(labels[row]);
    }
    return with_statistics(std::move(data), like);
  }
  ArrayDataset data(image, classes);
  for (const std::uint32_t row : rows) {
    for (std::size_t i = 0; i < length; ++i) {
      data.values.push_back(static_cast<float>(s.x.number(row * length + i)));
      require(std::isfinite(data.values.back()), "[data] ", s.x.name, ": image ", row, " has the value ",
              s.x.number(row * length + i));
    }
    data.labels.push_back(labels[row]);
  }
  return with_statistics(std::move(data), like);
}

/// 0, 1, … as labels: places of numbers.
std::vector<std::int32_t> places(std::size_t count) {
  std::vector<std::int32_t> labels(count);
  std::iota(labels.begin(), labels.end(), 0);
  return labels;
}

Split split_with_numbers(const FoundArrays& arrays, std::vector<double> numbers, double test_share) {
  const ArraySamples& s = arrays.train;
  const auto labels = places(numbers.size());
  const Partition parts = shared_out(arrays, std::vector<std::int32_t>(numbers.size(), 0), test_share);
  const auto train = std::make_shared<const NumberDataset>(images_of(s, labels, 0, parts.rest, nullptr), numbers);
  const Standardization like = train->target_standardization();
  std::shared_ptr<const Dataset> test;
  if (arrays.test) {
    numbers = numbers_of(arrays.test->y);
    test = images_of(*arrays.test, places(numbers.size()), 0, all_samples(numbers.size()), train.get());
  } else {
    test = images_of(s, labels, 0, parts.part, train.get());
  }
  return {train, std::make_shared<const NumberDataset>(test, std::move(numbers), &like), "arrays"};
}

}  // namespace

Split image_split(const FoundArrays& arrays, const DataOptions& options) {
  const ArraySamples& s = arrays.train;
  std::vector<double> numbers = numbers_of(s.y);
  if (array_task(s.y, numbers, options.tables.task) == Task::regression)
    return split_with_numbers(arrays, std::move(numbers), options.test_share);
  const auto labels = image_labels(s.y);
  const std::int32_t last = *std::max_element(labels.begin(), labels.end());
  require(std::any_of(labels.begin(), labels.end(), [&](std::int32_t l) { return l != last; }), "[data] ", s.y.name,
          " has one class, ", last, "; a classifier needs 2 or more");
  const Partition parts = shared_out(arrays, labels, options.test_share);
  Split split{images_of(s, labels, last + 1, parts.rest, nullptr), nullptr, "arrays"};
  if (!arrays.test) {
    split.test = images_of(s, labels, last + 1, parts.part, split.train.get());
    return split;
  }
  const auto test_labels = image_labels(arrays.test->y);
  for (std::size_t i = 0; i < test_labels.size(); ++i)
    require(test_labels[i] <= last, "[data] ", arrays.test->y.name, ": element ", i, " is ", test_labels[i],
            ", the training classes go from 0 to ", last);
  split.test = images_of(*arrays.test, test_labels, last + 1, all_samples(test_labels.size()), split.train.get());
  return split;
}

}  // namespace backflow::data
