#include "examples/python/arrays.h"

#include <algorithm>

#include <backflow/graph/error.h>

namespace py = pybind11;

namespace backflow::python {
namespace {

py::dtype dtype_of(Type type) {
  switch (type) {
    case Type::f32:
      return py::dtype::of<float>();
    case Type::s32:
      return py::dtype::of<std::int32_t>();
    case Type::u8:
      return py::dtype::of<std::uint8_t>();
    case Type::bf16:
      return py::dtype::of<std::uint16_t>();  // NumPy has no bf16: the bits
  }
  fail("unknown element type");
}

/// Anything that NumPy understands. Shares memory where it can.
py::array as_array(const std::string& name, const py::object& object) {
  try {
    return py::array(object);
  } catch (py::error_already_set& e) {
    fail("[", name, "] expected an array; ", e.what());
  }
}

Shape shape_of(const py::array& a) { return {a.shape(), a.shape() + a.ndim()}; }

bool has_type(const py::array& a, Type type) { return a.dtype().num() == dtype_of(type).num(); }

bool is_contiguous(const py::array& a) { return (a.flags() & py::array::c_style) != 0; }

}  // namespace

py::array view(const std::byte* data, const Spec& spec, const Layout& layout, py::handle owner) {
  require(!layout.is_blocked(), "[array] the layout ", layout.letters(0), " has blocks, which an array cannot show");
  Shape steps = strides(spec.shape, layout);
  for (auto& s : steps) s *= static_cast<std::int64_t>(size_of(spec.type));
  return {dtype_of(spec.type), spec.shape, steps, data, owner};
}

py::array row_major(const std::string& name, const py::object& object, const Spec& spec) {
  py::array a = as_array(name, object);
  if (a.ndim() == 0 && spec.shape == Shape{1}) a = a.reshape({1});
  require(shape_of(a) == spec.shape, "[", name, "] expected shape ", to_string(spec.shape), ", got ",
          to_string(shape_of(a)));
  if (has_type(a, spec.type) && is_contiguous(a)) return a;
  const std::string numbers = spec.type == Type::f32 ? "fiub" : "iub";  // fractions would be lost
  require(numbers.find(a.dtype().kind()) != std::string::npos, "[", name, "] expected numbers that fit ",
          to_string(spec.type), ", got ", py::str(a.dtype()).cast<std::string>());
  return a.attr("astype")(dtype_of(spec.type), "C");
}

py::array image_array(const image::Image& image) {
  py::array_t<std::uint8_t> result({image.height, image.width, 3});
  std::copy(image.rgb.begin(), image.rgb.end(), result.mutable_data());
  return result;
}

image::Image image_of(const std::string& name, const Pixels& pixels) {
  require(pixels.ndim() == 3 && pixels.shape(2) == 3, "[", name, "] expected shape [height, width, 3], got ",
          to_string(shape_of(pixels)));
  image::check_image_size(pixels.shape(1), pixels.shape(0), "[" + name + "] the image");
  image::Image image{static_cast<int>(pixels.shape(1)), static_cast<int>(pixels.shape(0)), {}};
  image.rgb.assign(pixels.data(), pixels.data() + pixels.size());
  return image;
}

bool shares_memory(const py::array& a, const py::object& object) {
  return py::hasattr(object, "__array__") && as_array("array", object).data() == a.data();
}

}  // namespace backflow::python
