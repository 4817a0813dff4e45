// Data sets: IDX files and arrays.
#include <pybind11/stl.h>
#include <pybind11/stl/filesystem.h>

#include <algorithm>
#include <cmath>
#include <variant>

#include <backflow/graph/error.h>
#include <backflow/runtime/data/augmented.h>
#include <backflow/runtime/data/find_dataset.h>
#include <backflow/runtime/data/idx.h>
#include <backflow/runtime/data/idx_folder.h>
#include "examples/python/arrays.h"
#include "examples/python/bind.h"

namespace py = pybind11;
using namespace py::literals;

namespace backflow::python {
namespace {

using data::Dataset;
using data::ImageDataset;
using Bytes = py::array_t<std::uint8_t, py::array::c_style>;

/// One number for all channels, or one for each.
using PerChannel = std::variant<float, std::vector<float>>;

std::vector<float> per_channel(const PerChannel& given, std::int64_t channels) {
  if (const float* one = std::get_if<float>(&given))
    return std::vector<float>(static_cast<std::size_t>(channels), *one);
  const auto& all = std::get<std::vector<float>>(given);
  require(static_cast<std::int64_t>(all.size()) == channels, "[data] images of ", channels,
          " channels need as many means and deviations, got ", all.size());
  return all;
}

void set_labels(ImageDataset& set, const py::object& labels, std::int64_t count, std::optional<int> classes) {
  const py::array values = row_major("labels", labels, {.shape = {count}, .type = Type::s32});
  const auto* first = static_cast<const std::int32_t*>(values.data());
  set.labels.assign(first, first + count);
  const auto [low, high] = std::minmax_element(set.labels.begin(), set.labels.end());
  set.classes = classes.value_or(*high + 1);
  require(set.classes >= 1, "[data] classes needs to be ≥ 1, got ", set.classes);
  require(*low >= 0 && *high < set.classes, "[data] labels need to be in 0 … ", set.classes - 1, ", got ", *low, " … ",
          *high);
}

std::shared_ptr<ImageDataset> image_dataset(const Bytes& images, const py::object& labels, std::optional<int> classes,
                                            const std::optional<PerChannel>& mean,
                                            const std::optional<PerChannel>& stddev) {
  const Shape shape(images.shape(), images.shape() + images.ndim());
  require((shape.size() == 3 || shape.size() == 4) && images.size() > 0,
          "[data] images need shape [N, C, H, W] or [N, H, W] and at least one pixel, got ", to_string(shape));
  auto set = std::make_shared<ImageDataset>(
      shape.size() == 3 ? Shape{1, shape[1], shape[2]} : Shape(shape.begin() + 1, shape.end()), 0);
  set->images.assign(images.data(), images.data() + images.size());
  set_labels(*set, labels, shape[0], classes);
  require(mean.has_value() == stddev.has_value(), "[data] mean and deviation need to be given together");
  if (!mean) {
    const auto [low, high] = std::minmax_element(set->images.begin(), set->images.end());
    require(*low < *high, "[data] all pixels are the same; give mean and deviation");
    data::measure(*set);
    return set;
  }
  set->mean = per_channel(*mean, set->image[0]);
  set->stddev = per_channel(*stddev, set->image[0]);
  for (std::size_t c = 0; c < set->mean.size(); ++c)
    require(std::isfinite(set->mean[c]) && std::isfinite(set->stddev[c]) && set->stddev[c] > 0,
            "[data] mean needs to be finite and deviation above 0, got ", set->mean[c], " and ", set->stddev[c]);
  return set;
}

py::array images_of(const py::object& self) {
  const auto& set = self.cast<const ImageDataset&>();
  Shape shape = set.image;
  shape.insert(shape.begin(), static_cast<std::int64_t>(set.size()));
  return view(reinterpret_cast<const std::byte*>(set.images.data()), {shape, Type::u8}, {}, self);
}

py::array labels_of(const py::object& self) {
  const auto& set = self.cast<const ImageDataset&>();
  return view(reinterpret_cast<const std::byte*>(set.labels.data()),
              {{static_cast<std::int64_t>(set.size())}, Type::s32}, {}, self);
}

using Both = std::pair<std::shared_ptr<Dataset>, std::shared_ptr<Dataset>>;

/// Python has no const; nothing of it writes into a data set.
Both both(const data::Split& split) {
  return {std::const_pointer_cast<Dataset>(split.train), std::const_pointer_cast<Dataset>(split.test)};
}

Both both(data::IdxSplit split) {
  return {std::make_shared<ImageDataset>(std::move(split.train)),
          std::make_shared<ImageDataset>(std::move(split.test))};
}

Both found(const std::string& name, std::int64_t image_size, bool grey, double test_share, const std::string& target,
           const std::string& task, const std::vector<std::string>& ignore) {
  return both(data::find_dataset(
      name, {.pictures = {.size = image_size, .grey = grey},
             .tables = {.target = target, .task = value_of<data::Task>("task", task), .ignore = ignore},
             .test_share = test_share}));
}

/// Standardised, as a network reads it.
py::array_t<float> sample_of(const Dataset& set, std::size_t sample, std::uint32_t epoch) {
  require(sample < set.size(), "[data] sample ", sample, " of ", set.size());
  py::array_t<float> input(set.input_shape());
  set.read(sample, epoch, {input.mutable_data(), static_cast<std::size_t>(input.size())});
  return input;
}

py::array idx(const std::filesystem::path& file, std::size_t axes) {
  const data::Idx read = data::read_idx(file, axes);
  return py::array_t<std::uint8_t>(read.shape, read.data.data());
}

void bind_idx(py::module_& m) {
  m.def("read_idx", &idx, "file"_a, "axes"_a, "An IDX file of bytes, plain or gzip, that has so many axes, as uint8.");
  m.def(
      "read_idx_labels",
      [](const std::filesystem::path& file) {
        const std::vector<std::int32_t> labels = data::read_idx_labels(file);
        return py::array_t<std::int32_t>(static_cast<py::ssize_t>(labels.size()), labels.data());
      },
      "file"_a, "An IDX file of labels as int32 [N]: bytes, 32-bit numbers, or the rows of 8 of them that QMNIST has.");
}

void bind_augmented(py::module_& m) {
  py::class_<data::Augmented, Dataset, std::shared_ptr<data::Augmented>>(
      m, "Augmented",
      "A data set of images around another one: each epoch sees each image changed in another way, the same one for "
      "the "
      "same seed. steps: words of train --augment, such as 'flip,shift:4', 'light' or 'standard'.")
      .def(py::init([](const std::shared_ptr<Dataset>& base, const std::string& steps, std::uint64_t seed) {
             return std::make_shared<data::Augmented>(base, data::parse_augmentation(steps, base->input_shape()), seed);
           }),
           "dataset"_a, "steps"_a, "seed"_a = 1);
}

void bind_interface(py::module_& m) {
  py::class_<Dataset, std::shared_ptr<Dataset>>(m, "Dataset", "Labelled samples. What trains and measures takes any.")
      .def_property_readonly("shape", &Dataset::input_shape, "Of one input: [C, H, W] of images.")
      .def_property_readonly("classes", &Dataset::class_count, "Number of classes.")
      .def_property_readonly("class_names", &Dataset::class_names, "Of each class; empty if they have none.")
      .def_property_readonly(
          "mean", [](const Dataset& d) { return d.standardization().mean; }, "Of each channel, of pixel / 255.")
      .def_property_readonly(
          "deviation", [](const Dataset& d) { return d.standardization().stddev; }, "Of each channel, of pixel / 255.")
      .def("read", &sample_of, "sample"_a, "epoch"_a = 0, "The input as a network reads it, standardised, float32.")
      .def(
          "label",
          [](const Dataset& d, std::size_t sample) {
            require(sample < d.size(), "[data] sample ", sample, " of ", d.size());
            return d.label(sample);
          },
          "sample"_a, "The class of a sample.")
      .def("__len__", &Dataset::size)
      .def("__repr__", [](const Dataset& d) {
        return str_cat("<Dataset of ", d.size(), " samples ", to_string(d.input_shape()), " in ", d.class_count(),
                       " classes>");
      });
}

}  // namespace

void bind_data(py::module_& m) {
  bind_interface(m);
  py::class_<ImageDataset, Dataset, std::shared_ptr<ImageDataset>>(
      m, "ImageDataset",
      "Labelled images in memory. images: uint8 [N, C, H, W] or [N, H, W]; labels: whole numbers [N] in "
      "0 … classes - 1, of which there are as many as the largest label + 1 where nothing is said. A "
      "network sees (pixel / 255 - mean) / deviation, numbers or one for each channel; both are measured unless they "
      "are given, and a test set should be given those of its training set.")
      .def(py::init(&image_dataset), "images"_a, "labels"_a, "classes"_a = py::none(), "mean"_a = py::none(),
           "deviation"_a = py::none())
      .def_property_readonly("images", &images_of, "uint8 [N, C, H, W]: the data set's memory.")
      .def_property_readonly("labels", &labels_of, "int32 [N]: the data set's memory.");
  bind_augmented(m);
  m.def(
      "load_idx_folder", [](const std::filesystem::path& folder) { return both(data::load_idx_folder(folder)); },
      "folder"_a,
      "(training set, test set) from train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and "
      "t10k-labels-idx1-ubyte, each plain or with .gz, or files with the names of EMNIST, QMNIST and the like.");
  m.def("find_dataset", &found, "name"_a, "image_size"_a = data::PictureOptions().size, "grey"_a = false,
        "test_share"_a = data::DataOptions().test_share, "target"_a = "", "task"_a = "auto",
        "ignore"_a = std::vector<std::string>(),
        "(training set, test set) of fashion-mnist, from the Debian package dataset-fashion-mnist; of a folder of IDX "
        "files; "
        "of pictures in a folder for each class, or a list of them, as squares of image_size pixels; of a table (CSV "
        "or TSV), "
        "whose column `target` is predicted as task says, auto, classification or regression; or of arrays, .npz or a "
        "folder "
        "with x.npy and y.npy.");
  bind_idx(m);
}

}  // namespace backflow::python
