// Networks from files, and images.
#include <pybind11/stl.h>
#include <pybind11/stl/filesystem.h>

#include <backflow/runtime/image/image.h>
#include <backflow/runtime/models/networks.h>
#include <backflow/runtime/models/predictor.h>
#include "examples/python/arrays.h"
#include "examples/python/bind.h"

namespace py = pybind11;
using namespace py::literals;

namespace backflow::python {
namespace {

/// (logits, {layer: value}), which keep the image's graph alive.
py::tuple build(const models::Model& model, const py::object& image) {
  const models::Classifier built = model.build(image.cast<Value>());
  const auto with_owner = [&](Value v) {
    py::object o = py::cast(v);
    py::detail::keep_alive_impl(o, image);
    return o;
  };
  py::dict layers;
  for (const models::Layer& layer : built.layers) layers[py::str(layer.name)] = with_owner(layer.value);
  return py::make_tuple(with_owner(built.logits), layers);
}

py::list top(models::Predictor& predictor, const Pixels& pixels, std::int64_t most) {
  py::list result;
  for (const auto& p : predictor.top(image_of("predict", pixels), most))
    result.append(py::make_tuple(p.index, p.probability));
  return result;
}

py::array probabilities(models::Predictor& predictor, const Pixels& pixels) {
  const auto values = predictor.probabilities(image_of("predict", pixels));
  return py::array_t<float>(static_cast<py::ssize_t>(values.size()), values.data());
}

py::function network(const models::Architecture& architecture) {
  return py::cpp_function([architecture](Value images) { return architecture(images); }, "images"_a,
                          py::keep_alive<0, 1>());
}

void bind_networks(py::module_& m) {
  m.def(
      "mlp",
      [](const std::vector<std::int64_t>& hidden, std::int64_t classes) {
        return network(models::mlp(hidden, classes));
      },
      "hidden"_a, "classes"_a,
      "A function images [N, C, H, W] → logits [N, classes]: linear layers with a relu between them, of these hidden "
      "widths; parameters fc1.weight, …");
  m.def(
      "cnn", [](std::int64_t classes) { return network(models::cnn(classes)); }, "classes"_a,
      "A function images [N, C, H, W] → logits [N, classes]: two 3×3 convolutions with max-pools, two linear layers. "
      "Images need at least 4×4 pixels.");
  m.def(
      "allconv", [](std::int64_t classes) { return network(models::allconv(classes)); }, "classes"_a,
      "A function images [N, C, H, W] → logits [N, classes]: six convolutions, for images of any size.");
}

}  // namespace

void bind_models(py::module_& m) {
  py::class_<models::Model, std::shared_ptr<models::Model>>(m, "Model", "A network that classifies images.")
      .def("build", &build, "image"_a,
           "Appends the network to the graph of the image [N, C, H, W], which is normalised already; returns the "
           "logits [N, classes] and a dict of the layers' values.")
      .def_property_readonly("classes", &models::Model::classes, "Length of the logits; 0 if only a build can tell.")
      .def_property_readonly("labels", &models::Model::labels, "The classes' names; empty where the file has none.")
      .def("__repr__", [](const models::Model& model) { return "<Model of " + to_string(model.input()) + " images>"; });
  m.def(
      "load_model",
      [](const std::filesystem::path& path, const std::string& arch) {
        return std::shared_ptr<models::Model>(models::load_model(path, arch));
      },
      "path"_a, "arch"_a = "",
      "An ONNX file, or a safetensors file: of torchvision's names with the architecture `arch` (resnet18, vgg13_bn, "
      "…), "
      "or one that `train` wrote, or Store.save with the metadata of describe(), or with model, classes, image, mean "
      "and "
      "deviation.");
  py::class_<models::Predictor>(m, "Predictor", "What a model sees in images, uint8 [height, width, 3] of any size.")
      .def(py::init([](const models::Model& model, Scheduler& s) { return new models::Predictor(model, s); }),
           "model"_a, "scheduler"_a, py::keep_alive<1, 3>())
      .def_property_readonly("classes", &models::Predictor::classes, "Length of the logits.")
      .def("top", &top, "image"_a, "most"_a = 5, "The most probable classes: a list of (class, probability).")
      .def("probabilities", &probabilities, "image"_a, "The softmax of the logits, float32 [classes].");
  bind_networks(m);
  m.def(
      "read_image", [](const std::filesystem::path& file) { return image_array(image::read_image(file)); }, "file"_a,
      "A PNG, JPEG, WebP or GIF file as uint8 [height, width, 3] in RGB.");
  m.def(
      "write_image",
      [](const std::filesystem::path& file, const Pixels& pixels) {
        image::write_image(file, image_of("write_image", pixels));
      },
      "file"_a, "pixels"_a, "Writes uint8 [height, width, 3] as .png or .jpg.");
}

}  // namespace backflow::python
