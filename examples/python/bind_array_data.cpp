// Data sets of float arrays, whole or batch by batch.
#include <pybind11/stl.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include <backflow/graph/error.h>
#include <backflow/runtime/data/array_dataset.h>
#include <backflow/runtime/data/number_dataset.h>
#include "examples/python/arrays.h"
#include "examples/python/bind.h"

namespace py = pybind11;
using namespace py::literals;

namespace backflow::python {
namespace {

using data::ArrayDataset;
using Floats = py::array_t<float, py::array::c_style | py::array::forcecast>;
using Doubles = py::array_t<double, py::array::c_style | py::array::forcecast>;
using Pointer = std::shared_ptr<ArrayDataset>;
using NumberPointer = std::shared_ptr<data::NumberDataset>;

/// Appends inputs without labels and returns how many. The first ones say which shape the others have.
std::int64_t append(ArrayDataset& set, const Floats& inputs) {
  Shape shape(inputs.shape(), inputs.shape() + inputs.ndim());
  require(shape.size() >= 2 && shape.size() <= 4,
          "[data] inputs need shape [N, features], [N, H, W] or [N, C, H, W], got ", to_string(shape));
  const std::int64_t count = shape[0];
  shape.erase(shape.begin());
  if (shape.size() == 2) shape.insert(shape.begin(), 1);
  if (set.image.empty()) set.image = shape;
  require(shape == set.image, "[data] inputs of shape ", to_string(shape), " follow those of shape ",
          to_string(set.image));
  const float* first = inputs.data();
  require(std::all_of(first, first + inputs.size(), [](float v) { return std::isfinite(v); }),
          "[data] inputs need to be finite");
  set.values.insert(set.values.end(), first, first + inputs.size());
  return count;
}

void append(ArrayDataset& set, const Floats& inputs, const py::object& labels) {
  const std::int64_t count = append(set, inputs);
  const py::array values = row_major("labels", labels, {.shape = {count}, .type = Type::s32});
  const auto* label = static_cast<const std::int32_t*>(values.data());
  set.labels.insert(set.labels.end(), label, label + count);
}

/// Sets the statistics of what was appended, or those of `like`.
void standardize_inputs(ArrayDataset& set, bool standardize, const data::Dataset* like) {
  require(!like || like->input_shape() == set.image, "[data] inputs of shape ", to_string(set.image),
          " are not like those of shape ", to_string(like ? like->input_shape() : Shape()));
  const auto channels = static_cast<std::size_t>(set.image[0]);
  set.statistics = {std::vector<float>(channels, 0), std::vector<float>(channels, 1)};
  if (like)
    set.statistics = like->standardization();
  else if (standardize)
    data::measure(set);
}

/// Classes and statistics of what was appended.
Pointer finished(Pointer set, std::optional<int> classes, bool standardize, const Pointer& like) {
  require(set->size() > 0, "[data] there is no sample");
  const auto [low, high] = std::minmax_element(set->labels.begin(), set->labels.end());
  set->classes = classes.value_or(like ? like->classes : *high + 1);
  require(*low >= 0 && *high < set->classes, "[data] labels need to be in 0 … ", set->classes - 1, ", got ", *low,
          " … ", *high);
  standardize_inputs(*set, standardize, like.get());
  return set;
}

Pointer from_arrays(const Floats& inputs, const py::object& labels, std::optional<int> classes, bool standardize,
                    const Pointer& like) {
  auto set = std::make_shared<ArrayDataset>(Shape(), 0);
  append(*set, inputs, labels);
  return finished(std::move(set), classes, standardize, like);
}

Pointer from_batches(const py::iterable& batches, std::optional<int> classes, bool standardize, const Pointer& like) {
  auto set = std::make_shared<ArrayDataset>(Shape(), 0);
  for (const py::handle batch : batches) {
    require(py::isinstance<py::sequence>(batch) && py::len(batch) == 2,
            "[data] a batch needs to be (inputs, labels), got ", py::repr(py::type::of(batch)).cast<std::string>());
    const auto pair = py::reinterpret_borrow<py::sequence>(batch);
    append(*set, Floats(pair[0]), pair[1]);
  }
  return finished(std::move(set), classes, standardize, like);
}

NumberPointer with_numbers(const Floats& inputs, const Doubles& numbers, bool standardize, const NumberPointer& like) {
  const auto set = std::make_shared<ArrayDataset>(Shape(), 0);
  const std::int64_t count = append(*set, inputs);
  require(count > 0, "[data] there is no sample");
  require(numbers.ndim() == 1 && numbers.size() == count, "[data] numbers need shape [", count, "], got ",
          to_string(Shape(numbers.shape(), numbers.shape() + numbers.ndim())));
  set->labels.resize(static_cast<std::size_t>(count));
  std::iota(set->labels.begin(), set->labels.end(), 0);
  standardize_inputs(*set, standardize, like.get());
  const auto targets = like ? like->target_standardization() : data::Standardization();
  return std::make_shared<data::NumberDataset>(set, std::vector(numbers.data(), numbers.data() + count),
                                               like ? &targets : nullptr);
}

}  // namespace

void bind_array_data(py::module_& m) {
  py::class_<ArrayDataset, data::Dataset, Pointer>(
      m, "ArrayDataset",
      "Labelled samples of float32 in memory. inputs: [N, features], [N, H, W] or [N, C, H, W]; labels: whole numbers "
      "[N] in "
      "0 … classes - 1, of which there are as many as the largest label + 1 where nothing is said. A network sees "
      "(value - mean) / deviation of each feature or channel, measured here, or with standardize=False the values "
      "themselves. like: the training set, of which a test set has classes, mean and deviation.")
      .def(py::init(&from_arrays), "inputs"_a, "labels"_a, "classes"_a = py::none(), "standardize"_a = true,
           "like"_a = py::none())
      .def_static("from_batches", &from_batches, "batches"_a, "classes"_a = py::none(), "standardize"_a = true,
                  "like"_a = py::none(),
                  "The same from any iterable of (inputs, labels), such as a generator or a DataLoader; all is kept.");
  py::class_<data::NumberDataset, data::Dataset, NumberPointer>(
      m, "NumberDataset",
      "Samples of float32 in memory with a number to predict of each. inputs: as ArrayDataset has them; numbers: [N]. "
      "A network learns (number - mean) / deviation, and an evaluation's rmse and mae are in the numbers' own units. "
      "like: the training set, of which a test set has mean and deviation.")
      .def(py::init(&with_numbers), "inputs"_a, "numbers"_a, "standardize"_a = true, "like"_a = py::none());
}

}  // namespace backflow::python
