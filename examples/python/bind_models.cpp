// Networks from files, and images.
#include <pybind11/stl.h>
#include <pybind11/stl/filesystem.h>

#include <algorithm>
#include <cmath>

#include <backflow/graph/error.h>
#include <backflow/runtime/image/image.h>
#include <backflow/runtime/models/model.h>
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

py::array_t<std::uint8_t> read(const std::filesystem::path& file) {
  const image::Image image = image::read_image(file);
  py::array_t<std::uint8_t> result({image.height, image.width, 3});
  std::copy(image.rgb.begin(), image.rgb.end(), result.mutable_data());
  return result;
}

void write(const std::filesystem::path& file, const py::array_t<std::uint8_t, py::array::c_style>& pixels) {
  require(pixels.ndim() == 3 && pixels.shape(2) == 3, "[write_image] expected shape [height, width, 3]");
  image::check_image_size(pixels.shape(1), pixels.shape(0), "[write_image] the image");
  image::Image image{static_cast<int>(pixels.shape(1)), static_cast<int>(pixels.shape(0)), {}};
  image.rgb.assign(pixels.data(), pixels.data() + pixels.size());
  image::write_image(file, image);
}

}  // namespace

void bind_models(py::module_& m) {
  py::class_<models::Model>(m, "Model", "A network that classifies images.")
      .def("build", &build, "image"_a,
           "Appends the network to the graph of the image [N, C, H, W], which is normalised already; returns the "
           "logits [N, classes] and a dict of the layers' values.");
  m.def("load_model", &models::load_model, "path"_a, "arch"_a = "",
        "An ONNX file, or a safetensors file of the architecture `arch`.");
  m.def("read_image", &read, "file"_a, "A PNG or JPEG file as uint8 [height, width, 3] in RGB.");
  m.def("write_image", &write, "file"_a, "pixels"_a, "Writes uint8 [height, width, 3] as .png or .jpg.");
}

}  // namespace backflow::python
